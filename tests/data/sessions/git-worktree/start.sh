git init -q -b main
printf 'check:\n\t@echo all good\n' > Makefile
git add . && git commit -q -m 'Makefile'
