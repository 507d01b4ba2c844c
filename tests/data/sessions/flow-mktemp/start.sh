echo rows > data.csv
