cd deep
ls
cd down
cat chest
cd ../..
cp deep/down/chest found
sha256sum found
