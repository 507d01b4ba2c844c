git staus
git status --short
echo 2 > n
git commit -qam two
[[ $(git rev-list --count HEAD) == 2 ]]
