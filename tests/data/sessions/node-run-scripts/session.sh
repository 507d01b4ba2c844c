node --version
npm run
npm run -s check
npm run -s bundel
npm run -s bundle
cat site.js
