echo 3 > three
