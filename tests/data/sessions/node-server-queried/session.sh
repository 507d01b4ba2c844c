PORT=8452 node serve.js &
curl -s --retry 20 --retry-delay 1 --retry-connrefused http://127.0.0.1:8452/a
curl -s http://127.0.0.1:8452/b > b.txt
kill %1
cat b.txt
