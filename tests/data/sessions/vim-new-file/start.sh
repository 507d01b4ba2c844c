mkdir bin
