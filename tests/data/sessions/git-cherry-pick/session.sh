echo guard > guard.txt
git add guard.txt
git commit -m 'Guard against empty input'
git rev-parse HEAD
git switch release
git cherry-pick $(git rev-parse main)
test -f guard.txt
ls
