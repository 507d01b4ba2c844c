git merge blue
git status --short
cat theme
echo 'colour = blue' > theme
git add theme
git commit -q -m 'Merge blue'
git log --oneline --graph
