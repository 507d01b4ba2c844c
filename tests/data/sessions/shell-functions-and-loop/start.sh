mkdir in
for n in 1 2 3; do seq $n > in/$n.txt; done
