echo '{"name": "shop", "version": "0.9.0", "debug": true}' > package.json
