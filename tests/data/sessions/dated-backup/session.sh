df -h .
mkdir -p backups
tar cf backups/data-2025-06-30.tar data
tar tf backups/data-2025-06-30.tar
rm -r data
tar xf backups/data-2025-06-30.tar
cmp data/rows.csv <(echo rows)
