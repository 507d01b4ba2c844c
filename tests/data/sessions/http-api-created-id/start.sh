cat > api.py <<'EOF'
"""Keeps orders in memory: POST makes one, GET tells of it."""
import http.server
import json
import sys

orders = {}


class Api(http.server.BaseHTTPRequestHandler):
    def log_message(self, *_):
        pass

    def tell(self, code, value):
        body = json.dumps(value).encode() + b"\n"
        self.send_response(code)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self):
        key = f"ord-{7300 + len(orders) + 1}"
        orders[key] = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self.tell(201, {"order": key})

    def do_GET(self):
        key = self.path.rpartition("/")[2]
        self.tell(200 if key in orders else 404, {key: orders.get(key)})


http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Api).serve_forever()
EOF
