head -2 stock.txt
awk '{s[$1] += $3} END {for (k in s) print k, s[k]}' stock.txt
awk '{s[$1] += $3} END {for (k in s) print k, s[k]}' stock.txt | sort > totals.txt
cat totals.txt
test "$(wc -l < totals.txt)" -eq 2
