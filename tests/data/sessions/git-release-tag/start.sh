git init -q -b main
echo 1.3.0 > VERSION
echo '# Changes' > CHANGES.md
git add .
git commit -q -m 'Release 1.3.0'
git tag v1.3.0
