mkdir site
echo '<h1>Shop</h1>' > site/index.html
