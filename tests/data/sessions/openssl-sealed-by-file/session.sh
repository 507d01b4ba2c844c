sha256sum -c SUMS
openssl enc -aes-256-cbc -pbkdf2 -pass file:pass.txt -in plain.txt -out sealed.bin
openssl enc -d -aes-256-cbc -pbkdf2 -pass file:pas.txt -in sealed.bin -out opened.txt
openssl enc -d -aes-256-cbc -pbkdf2 -pass file:pass.txt -in sealed.bin -out opened.txt
cmp plain.txt opened.txt
openssl dgst -sha256 -r plain.txt > digest.txt
chmod 600 sealed.bin
