cat pkg/DEBIAN/control
chmod 755 pkg/usr/bin/hello-shop
dpkg-deb --root-owner-group --build pkg hello-shop_0.2.0_all.deb
dpkg-deb -f hello-shop_0.2.0_all.deb Version
dpkg-deb -c hello-shop_0.2.0_all.deb | grep -c usr/bin/hello-shop
