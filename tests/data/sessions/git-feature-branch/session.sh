git status
git checkout -b feature/perimeter
cat shapes.py
printf '\n\ndef perimeter(w, h):\n    return 2 * (w + h)\n' >> shapes.py
git diff --stat
git add shapes.py
git commit -q -m 'Add perimeter'
git checkout main
git merge --no-ff -m 'Merge perimeter' feature/perimeter
git branch -d feature/perimeter
