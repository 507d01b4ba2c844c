printf 'fruit apple 3\nfruit pear 5\nveg leek 2\nfruit apple 4\nveg kale 7\n' > stock.txt
