cat > package.json <<'E'
{"name": "mini", "version": "0.3.1", "private": true, "scripts": {"build": "node build.js", "test": "node --test test.js"}}
E
cat > build.js <<'E'
const fs = require("fs");
const { items } = JSON.parse(fs.readFileSync("data.json"));
fs.mkdirSync("public", { recursive: true });
fs.writeFileSync("public/index.json", JSON.stringify({ count: items.length }) + "\n");
console.log(`wrote public/index.json with ${items.length} items`);
E
printf 'const test = require("node:test");\nconst assert = require("node:assert");\ntest("sum", () => assert.equal(1 + 1, 2));\n' > test.js
echo '{"items": [4, 5, 6]}' > data.json
