python3 -m http.server 8246 --bind 127.0.0.1 -d pub 2> access.log >/dev/null &
curl -s --max-time 2 http://127.0.0.1:8264/health.json
curl -s --retry 20 --retry-delay 1 --retry-connrefused http://127.0.0.1:8246/health.json
curl -s http://127.0.0.1:8246/health.json | jq -e .ok
kill $!
