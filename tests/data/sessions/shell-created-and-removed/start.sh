printf 'c\na\nb\n' > names
