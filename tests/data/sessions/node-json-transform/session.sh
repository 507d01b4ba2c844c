node -e 'console.log(require("./people.json").length)'
cat > sort.js <<'EOF'
const people = require("./people.json");
people.sort((a, b) => a.born - b.born);
require("fs").writeFileSync("sorted.json", JSON.stringify(people, null, 2) + "\n");
EOF
node sort.js
node -p 'require("./sorted.json").map(one => one.name).join(" ")'
