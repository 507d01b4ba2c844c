ls notes
set -l files notes/*.md
echo 'second' > notes/1.5.0.md
cp notes/1.5.0.md CURRENT
for f in notes/*.md
    string replace .md '' (basename $f) >> versions
end
tail -n 1 versions
