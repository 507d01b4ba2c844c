git init -q -b main
echo base > app.txt
git add . && git commit -q -m base
git checkout -q -b release
git checkout -q main
echo feature > feature.txt
git add . && git commit -q -m 'Add feature'
