printf 'alice,30\nbob,25\n' > ages.csv
