git init -q -b main
printf 'red\ngreen\n' > colours
git add . && git commit -q -m 'Colours'
git clone -q . peer
echo peer > .git/info/exclude
