printf 'id,name,stock\n1,bolt,120\n2,nut,80\n3,washer,0\n' > parts.csv
