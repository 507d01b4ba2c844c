ls
for f in *.txt
    mv $f (string replace .txt .md $f)
end
count *.md
