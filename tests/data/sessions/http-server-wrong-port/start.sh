mkdir pub
echo '{"ok": true}' > pub/health.json
