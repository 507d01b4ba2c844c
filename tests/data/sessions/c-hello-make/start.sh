cat > hello.c <<'EOF'
#include <stdio.h>
int main(void) { puts("hello"); return 0; }
EOF
printf 'hello: hello.c\n\tcc -O1 -o hello hello.c\n\nclean:\n\trm -f hello\n' > Makefile
