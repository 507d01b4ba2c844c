du -sh logs
gzip -n logs/app.1.log logs/app.2.log
zcat logs/app.2.log.gz | wc -l
mkdir -p archive/2025-02
mv logs/*.gz archive/2025-02/
ls archive/2025-02
: > logs/app.3.log
