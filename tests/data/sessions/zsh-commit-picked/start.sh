git init -q -b main
echo 1 > n && git add . && git commit -q -m one
git branch stable
