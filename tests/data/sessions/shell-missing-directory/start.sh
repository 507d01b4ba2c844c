echo data > data.txt
