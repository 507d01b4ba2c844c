npm run biuld
npm run build
npm test
for try in 1 2 3 4; do test -s public/index.json && break; sleep 1; done
cat public/index.json > copy.json 2>&1
