grep -rn old.example.org conf
sed -i.bak 's/old\.example\.org/new.example.org/' conf/*/site.conf
grep -rl new.example.org conf --include=site.conf | wc -l
find conf -name '*.bak' -delete
