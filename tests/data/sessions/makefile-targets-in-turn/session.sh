make -n
make all
make check
make clean
make -s all check
