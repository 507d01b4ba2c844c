printf 'module example.org/tool\n\ngo 1.19\n' > go.mod
printf 'package main\n\nimport "fmt"\n\nfunc main() { fmt.Println("built") }\n' > main.go
