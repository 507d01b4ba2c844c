mkdir logs
for n in 1 2 3; do seq 1 $((n * 40)) > logs/app.$n.log; done
