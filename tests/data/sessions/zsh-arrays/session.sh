lines=("${(@f)$(<list)}")
print $#lines
print -l ${(o)lines} > sorted
unset lines
cat sorted
