mkdir -p pkg/DEBIAN pkg/usr/bin
printf 'Package: hello-shop\nVersion: 0.2.0\nArchitecture: all\nMaintainer: Dev <dev@example.org>\nDescription: says hello\n' > pkg/DEBIAN/control
printf '#!/bin/sh\necho hello\n' > pkg/usr/bin/hello-shop
