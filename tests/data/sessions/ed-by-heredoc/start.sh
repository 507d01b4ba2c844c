printf 'alpha\nbeta\ngamma\n' > greek
