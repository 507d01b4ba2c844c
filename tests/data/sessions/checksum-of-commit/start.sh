git init -q -b main
echo a > a && git add . && git commit -q -m 'First'
echo b > b && git add . && git commit -q -m 'Second'
