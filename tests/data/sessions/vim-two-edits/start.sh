printf 'name: shop\nreplicas: 1\nimage: shop:1.0.0\n' > deploy.yaml
