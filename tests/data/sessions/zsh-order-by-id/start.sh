mkdir orders
printf 'tea\nmilk\n' > basket
