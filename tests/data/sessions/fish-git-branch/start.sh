git init -q -b main
echo 'max = 3' > limits.ini && git add . && git commit -q -m 'Limits'
