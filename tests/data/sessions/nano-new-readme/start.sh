git init -q -b main
echo x > x && git add . && git commit -q -m x
