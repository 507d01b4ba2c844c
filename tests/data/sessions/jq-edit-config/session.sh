jq -r .version package.json
jq '.version = "0.10.0" | del(.debug)' package.json > package.json.new
mv package.json.new package.json
jq -e '.version == "0.10.0"' package.json
