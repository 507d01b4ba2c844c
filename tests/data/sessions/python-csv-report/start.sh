printf 'day,shop,sum\n2025-03-01,north,120\n2025-03-01,south,80\n2025-03-02,north,95\n2025-03-02,south,130\n' > sales.csv
