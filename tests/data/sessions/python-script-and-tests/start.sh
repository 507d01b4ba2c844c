mkdir calc
printf 'def add(a, b):\n    return a + b\n' > calc/__init__.py
