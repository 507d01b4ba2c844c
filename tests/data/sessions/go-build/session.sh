go version
go vet ./...
go build -o tool .
./tool
