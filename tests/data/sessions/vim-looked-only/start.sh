printf 'one\ntwo\nthree\n' > notes.txt
