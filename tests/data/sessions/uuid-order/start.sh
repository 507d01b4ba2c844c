cat > order.sh <<'EOF'
#!/bin/bash
mkdir -p orders
id=$(cat /proc/sys/kernel/random/uuid)
echo new > "orders/$id"
echo "order: $id"
EOF
chmod +x order.sh
