printf '1 ada\n2 bob\n3 eve\n' > users
printf '1 login\n3 login\n1 logout\n2 login\n1 login\n' > events
