ls -l current
readlink current
ln -sfn releases/1.0.2 current
cat current/app
chmod 640 releases/1.0.2/app
stat -c %a releases/1.0.2/app
