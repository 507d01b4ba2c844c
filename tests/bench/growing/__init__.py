"""What is measured with ever more data: one module for each part of the program, each figure of the README in one."""
