cat > install.sh <<'EOF'
#!/bin/bash
read -r -p "Install into [./opt]? " where
read -r -p "Proceed (yes/no)? " sure
[ "$sure" = yes ] || exit 1
mkdir -p "${where:-opt}"
echo installed > "${where:-opt}/state"
EOF
chmod +x install.sh
