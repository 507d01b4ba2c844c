print 'version: v2.4.0' >> meta
git commit -qam 'Prepare v2.4.0'
git tag -a v2.4.0 -m 'hello v2.4.0'
mkdir -p dist && git archive --prefix=hello-v2.4.0/ -o dist/hello-v2.4.0.tar v2.4.0
files=(${(f)"$(tar -tf dist/hello-v2.4.0.tar)"})
print -l ${(o)files} > dist/hello-v2.4.0.files
[[ -s dist/hello-v2.4.0.files ]]
