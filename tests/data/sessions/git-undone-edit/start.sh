git init -q -b main
printf 'timeout = 10\nretries = 3\n' > settings.ini
git add . && git commit -q -m 'Settings'
