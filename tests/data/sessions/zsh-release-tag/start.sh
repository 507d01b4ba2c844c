git init -q -b main
mkdir src
echo 'print hello' > src/run.zsh
echo 'name: hello' > meta
git add . && git commit -q -m 'Begin'
