git init -q -b main
printf 'def area(w, h):\n    return w * h\n' > shapes.py
git add shapes.py
git commit -q -m 'Add area'
