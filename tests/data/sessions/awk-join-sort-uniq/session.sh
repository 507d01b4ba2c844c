wc -l users events
sort -k1,1 events > events.sorted
join users events.sorted > joined
cut -d' ' -f2,3 joined | sort | uniq -c | sort -rn > counts
head -1 counts
rm events.sorted
