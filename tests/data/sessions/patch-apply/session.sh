cat fix.patch
patch -p1 --dry-run < fix.patch
patch -p0 --dry-run < fix.patch
patch -p0 < fix.patch
grep TWO text
