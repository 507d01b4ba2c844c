printf 'one\ntwo\nthree\n' > text
printf -- '--- text\n+++ text\n@@ -1,3 +1,3 @@\n one\n-two\n+TWO\n three\n' > fix.patch
