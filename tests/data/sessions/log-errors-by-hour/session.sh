tail -5 app.log
grep -c ERROR app.log
grep ERROR app.log | awk '{split($2, t, ":"); n[t[1]]++} END {for (h in n) print h, n[h]}' | sort > errors-by-hour.txt
cat errors-by-hour.txt
grep 2025-04-02 app.log | grep -c ERROR
