sort names > /tmp/work-scratch-names
rm /tmp/work-scratch-names
touch scratch
ls
rm scratch
sort names > sorted-names
cat sorted-names
