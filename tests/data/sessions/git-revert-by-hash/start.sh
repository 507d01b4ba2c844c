git init -q -b main
echo a > a && git add . && git commit -q -m 'Add a'
