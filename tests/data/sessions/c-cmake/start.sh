cat > CMakeLists.txt <<'EOF'
cmake_minimum_required(VERSION 3.10)
project(tool C)
add_executable(tool tool.c)
enable_testing()
add_test(NAME runs COMMAND tool)
EOF
printf 'int main(void) { return 0; }\n' > tool.c
