gcc -Wall -o answer answer.c
sed -i 's/7) return/7); return/' answer.c
gcc -Wall -o answer answer.c
./answer
rm answer
