seq 1 40 > forty
