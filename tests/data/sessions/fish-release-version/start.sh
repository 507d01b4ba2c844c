mkdir notes
echo 'first' > notes/1.4.0.md
