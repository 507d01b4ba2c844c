wc -l < forty
head -n 12 forty | tail -n 3 > some
wc -l some
sed -n 3p forty > third
cat third
