clear
history | tail -2
whoami
# only a note
echo $(( $(cat three) * 7 )) > out
cat out
exit
