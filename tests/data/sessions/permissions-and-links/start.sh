mkdir -p releases/1.0.1 releases/1.0.2
echo one > releases/1.0.1/app
echo two > releases/1.0.2/app
ln -s releases/1.0.1 current
