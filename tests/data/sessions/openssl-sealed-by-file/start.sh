printf 'numbers\n42\n' > plain.txt
printf 'correct horse\n' > pass.txt
sha256sum plain.txt > SUMS
