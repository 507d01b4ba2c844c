cp data.txt backup/data.txt
mkdir backup
cp data.txt backup/data.txt
pwd
cmp data.txt backup/data.txt
