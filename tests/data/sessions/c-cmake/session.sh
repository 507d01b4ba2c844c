cat CMakeLists.txt
cmake -S . -B build -G Ninja > configure.log
cmake --build build > build.log
ctest --test-dir build > test.log
grep '100% tests passed' test.log
