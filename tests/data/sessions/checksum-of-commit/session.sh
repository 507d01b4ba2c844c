echo c > c && git add c && git commit -q -m 'Third'
git log --oneline -2
git tag -a good -m 'Known good' 1520fb3
git show --quiet --format=%s good
