mkdir data
echo rows > data/rows.csv
