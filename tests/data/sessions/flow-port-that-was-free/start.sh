mkdir web
echo found > web/page
cat > serve.py <<'EOF'
import functools
import http.server

handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory="web")
handler.log_message = lambda *_: None
server = http.server.HTTPServer(("127.0.0.1", 0), handler)
print(f"listening on port {server.server_port}", flush=True)
server.serve_forever()
EOF
