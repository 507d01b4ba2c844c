mkdir -p build
gcc -c -o build/twice.o src/twice.c
ar rcs build/libtwice.a build/twice.o
gcc -o build/main src/main.c -Lbuild -ltwice
build/main
ar t build/libtwice.a
