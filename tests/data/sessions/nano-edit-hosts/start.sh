printf '127.0.0.1 localhost\n10.0.0.5 build\n' > hosts
