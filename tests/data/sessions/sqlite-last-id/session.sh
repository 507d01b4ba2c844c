sqlite3 jobs.db .schema
sqlite3 jobs.db "insert into jobs (title) values ('invoice'); select 'job ' || last_insert_rowid()"
sqlite3 jobs.db 'update jobs set done = 1 where id = 4712'
sqlite3 jobs.db 'select count(*) from jobs where done = 1'
