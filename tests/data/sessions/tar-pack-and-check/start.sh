mkdir -p project/src project/doc
echo 'int x;' > project/src/x.c
echo '# X' > project/doc/x.md
