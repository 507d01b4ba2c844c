printf 'b\na\nc\n' > list
