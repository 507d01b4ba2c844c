git init -q -b main
echo v1 > page.html
git add . && git commit -q -m 'Page'
git branch hotfix
