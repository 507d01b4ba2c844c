./ticket open
echo closed > ticket-318
cat ticket-318
