echo 1 > before
