mkdir src
printf 'int twice(int n) { return 2 * n; }\n' > src/twice.c
printf 'int twice(int n);\nint main(void) { return twice(4) == 8 ? 0 : 1; }\n' > src/main.c
