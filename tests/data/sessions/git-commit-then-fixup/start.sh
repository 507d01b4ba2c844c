git init -q -b main
echo one > a.txt
git add . && git commit -q -m 'One'
