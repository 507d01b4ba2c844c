git init -q -b main
for n in 1 2 3 4 5 6; do
  echo "line $n" >> log.txt
  if [ "$n" -ge 4 ]; then echo broken > state; else echo fine > state; fi
  git add . && git commit -q -m "Change $n"
done
