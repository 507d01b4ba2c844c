find project -type f
tar czf project.tgz project
tar -xvf project.tar -C /nowhere
mkdir unpacked
tar xzf project.tgz -C unpacked
diff -r project unpacked/project
