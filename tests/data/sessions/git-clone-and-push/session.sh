git clone -q hub.git copy
cd copy
git log --oneline
git switch -q -c topic/two
echo 2 > two
git add two
git commit -q -m 'Add two'
git push
git push -q -u origin topic/two
git -C ../hub.git rev-parse --verify -q topic/two > ../pushed
