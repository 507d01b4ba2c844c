git init -q -b main
echo '<h1>hi</h1>' > index.html && git add . && git commit -q -m one
