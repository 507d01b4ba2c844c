ls photos
for f in photos/*.JPG; do mv $f ${f:r}.jpg; done
print -l photos/*.jpg(:t) > index.txt
cat index.txt
