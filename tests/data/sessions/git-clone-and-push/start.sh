git init -q --bare hub.git
git clone -q hub.git seed 2>/dev/null
cd seed
git checkout -q -b main
echo 1 > file && git add . && git commit -q -m one && git push -q origin main
cd ..
rm -rf seed
git -C hub.git symbolic-ref HEAD refs/heads/main
