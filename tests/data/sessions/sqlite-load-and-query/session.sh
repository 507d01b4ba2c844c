head parts.csv
sqlite3 shop.db 'create table parts (id integer primary key, name text, stock integer)'
sqlite3 shop.db '.import --csv --skip 1 parts.csv part'
sqlite3 shop.db 'drop table part'
sqlite3 shop.db '.import --csv --skip 1 parts.csv parts'
sqlite3 shop.db 'select name from parts where stock = 0'
sqlite3 -csv -header shop.db 'select name, stock from parts order by stock desc' > by-stock.csv
cat by-stock.csv
