ed -s greek <<'EOF'
2s/beta/BETA/
$a
delta
.
w
q
EOF
cat greek
