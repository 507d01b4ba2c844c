printf 'region,month,amount\nnorth,jan,120\nsouth,jan,80\nnorth,feb,75\nwest,feb,200\nsouth,mar,40\n' > sales.csv
