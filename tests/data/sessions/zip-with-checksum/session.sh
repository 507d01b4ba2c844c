zip -qX app-2.1.0.zip dist/app.js dist/app.css
unzip -l app-2.1.0.zip
sha256sum app-2.1.0.zip > app-2.1.0.zip.sha256
sha256sum -c app-2.1.0.zip.sha256
