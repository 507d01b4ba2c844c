ls
make helo
make hello
./hello
make hello
