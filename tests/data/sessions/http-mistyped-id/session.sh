python3 shop.py 8765 &
curl -s --retry 20 --retry-delay 1 --retry-connrefused -d '{"item": "cup"}' http://127.0.0.1:8765/orders
curl -sS http://127.0.0.1:8765/orders/c6171781
curl -sS http://127.0.0.1:8765/orders/c6171781d6 > order.json
jq -e '.price == 9' order.json
curl -sS -X DELETE http://127.0.0.1:8765/orders/c6171781d6
kill %1
