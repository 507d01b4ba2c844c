jq . catalog.json
jq '.items[] | select(.price > 1' catalog.json
jq '.items[] | select(.price > 1)' catalog.json
jq -c '[.items[] | {sku, price}] | sort_by(.price)' catalog.json > prices.json
jq -r '.[] | [.sku, .price] | @csv' prices.json > prices.csv
cat prices.csv
