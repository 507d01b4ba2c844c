ls -l
grep ERROR service.log
grep 1a2b3c4d5e6f service.log > request.log
wc -l < request.log
