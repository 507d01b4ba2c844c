printf '#include <stdio.h>\nint main(void) { printf("%%d\\n", 6 * 7) return 0; }\n' > answer.c
