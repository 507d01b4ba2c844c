git worktree add -q -b trial trees/trial
cd trees/trial
make check
echo note > note.txt
git add note.txt
git commit -q -m 'Note'
cd ../..
git merge -q trial
git worktree remove trees/trial
git worktree list
test -f note.txt
