mkdir -p photos
for n in 1 2 3; do echo "photo $n" > photos/IMG_$n.JPG; done
