mkdir -p conf/a conf/b
for place in a b; do printf 'host=old.example.org\nport=80\n' > conf/$place/site.conf; done
