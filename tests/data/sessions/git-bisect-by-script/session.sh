git bisect start
git bisect bad HEAD
git bisect good HEAD~5
git bisect run grep -q fine state
git bisect reset
