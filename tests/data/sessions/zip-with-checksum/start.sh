mkdir dist
echo 'console.log(1)' > dist/app.js
echo 'body {}' > dist/app.css
touch -d '2026-01-01 00:00:00' dist/app.js dist/app.css dist
