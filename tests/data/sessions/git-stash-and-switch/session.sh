echo draft >> page.html
git comit -am 'half'
git stash push -q -m half
git switch hotfix
echo patched > robots.txt
git add robots.txt
git commit -q -m 'Add robots.txt'
git switch main
git stash pop -q
git diff --stat
grep -q draft page.html
