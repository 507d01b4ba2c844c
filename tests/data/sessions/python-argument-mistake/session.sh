python3 resize.py out.txt
python3 resize.py --help
python3 resize.py --widht 12 out.txt
python3 resize.py --width 12 out.txt
cat out.txt
