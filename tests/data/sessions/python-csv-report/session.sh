head -3 sales.csv
wc -l sales.csv
cat > report.py <<'EOF'
import csv
import sys

day = sys.argv[1]
rows = [row for row in csv.DictReader(open("sales.csv")) if row["day"] == day]
print(f"{day}: {sum(int(row['sum']) for row in rows)} in {len(rows)} shops")
EOF
python3 report.py 2025-03-02
python3 report.py 2025-03-02 > report-2025-03-02.txt
cat report-2025-03-02.txt
