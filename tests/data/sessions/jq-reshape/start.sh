echo '{"items": [{"sku": "b1", "price": 3.5, "tags": ["metal"]}, {"sku": "n1", "price": 1.2, "tags": []}, {"sku": "w1", "price": 0.4, "tags": ["metal", "flat"]}]}' > catalog.json
