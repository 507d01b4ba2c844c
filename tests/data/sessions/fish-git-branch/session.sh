git status
git switch -q -c fix/limits
sed -i 's/3/5/' limits.ini
git comit -qam 'Raise the limit'
git commit -qam 'Raise the limit'
git switch -q main; and git merge -q fix/limits
test (git rev-list --count HEAD) -eq 2; or echo lost
