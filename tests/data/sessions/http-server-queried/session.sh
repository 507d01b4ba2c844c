python3 -m http.server 8137 --bind 127.0.0.1 --directory site > server.log 2>&1 &
curl -s --retry 20 --retry-delay 1 --retry-connrefused http://127.0.0.1:8137/index.html
curl -s -o /dev/null -w '%{http_code}\n' http://127.0.0.1:8137/missing.html
kill %1
wait
grep -c ' 404 ' server.log
