openssl genpkey -quiet -algorithm ed25519 -out key.pem
openssl pkey -in key.pem -pubout -out pub.pem
openssl pkeyutl -sign -inkey key.pem -rawin -in contract.txt -out contract.sig
openssl pkeyutl -verify -pubin -inkey pub.pem -rawin -in contract.txt -sigfile contract.sig
ls -l
