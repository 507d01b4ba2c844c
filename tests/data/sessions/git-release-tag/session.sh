git tag
cat VERSION
echo 1.4.0 > VERSION
printf '\n## 1.4.0\n- faster start\n' >> CHANGES.md
git add VERSION CHANGES.md
git commit -q -m 'Release 1.4.0'
git tag -a v1.4.0 -m 'Version 1.4.0'
git archive --prefix=site-1.4.0/ -o site-1.4.0.tar v1.4.0
tar -tf site-1.4.0.tar
