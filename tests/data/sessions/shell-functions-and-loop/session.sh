count() { wc -l < "$1"; }
for f in in/*.txt; do echo "$(basename "$f" .txt) $(count "$f")"; done > counts
sort -k2,2nr counts | head -1
unset -f count
