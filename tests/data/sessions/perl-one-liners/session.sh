perl -F, -lane 'print $F[0]' ages.csv
perl -F, -lane '$s += $F[1]; END { print $s / $. }' ages.csv
perl -pi -e 's/bob/robert/' ages.csv
perl -ne 'print if /robert/' ages.csv
