git init -q -b main
echo 'colour = red' > theme && git add . && git commit -q -m red
git checkout -q -b blue && echo 'colour = blue' > theme && git commit -qam blue
git checkout -q main && echo 'colour = green' > theme && git commit -qam green
