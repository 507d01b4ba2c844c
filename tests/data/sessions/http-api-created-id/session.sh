python3 api.py 8391 &
curl -s --retry 20 --retry-delay 1 --retry-connrefused -d bolts http://127.0.0.1:8391/orders
curl -s http://127.0.0.1:8391/orders/ord-7301
curl -s http://127.0.0.1:8391/orders/ord-7301 > order.json
kill %1
