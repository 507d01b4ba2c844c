sed -i 's/timeout = 10/timeout = 99/' settings.ini
git diff
git checkout -- settings.ini
sed -i 's/timeout = 10/timeout = 30/' settings.ini
git commit -qam 'Wait longer'
git status --short
