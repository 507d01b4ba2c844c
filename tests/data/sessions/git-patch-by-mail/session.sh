echo blue >> colours
git commit -qam 'Add blue'
git format-patch -1 -o outbox
ls outbox
cd peer
git am ../outbox/0001-Add-blue.patch
grep -c blue colours
cd ..
