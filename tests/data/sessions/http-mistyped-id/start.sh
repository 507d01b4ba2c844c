cat > shop.py <<'E'
import hashlib, json, sys
from http.server import BaseHTTPRequestHandler, HTTPServer

PRICES, orders = json.load(open("prices.json")), {}


class Shop(BaseHTTPRequestHandler):
    def log_message(self, *_):
        pass

    def say(self, code, answer):
        body = (json.dumps(answer) + "\n").encode()
        self.send_response(code)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self):
        item = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["item"]
        key = hashlib.sha256(item.encode()).hexdigest()[:10]
        orders[key] = {"order": key, "item": item, "price": PRICES[item]}
        self.say(201, orders[key])

    def do_GET(self):
        key = self.path.rsplit("/", 1)[1]
        self.say(*((200, orders[key]) if key in orders else (404, {"error": "no such order"})))

    def do_DELETE(self):
        self.say(200, {"deleted": bool(orders.pop(self.path.rsplit("/", 1)[1], None))})


HTTPServer(("127.0.0.1", int(sys.argv[1])), Shop).serve_forever()
E
echo '{"tea": 3, "cup": 9}' > prices.json
