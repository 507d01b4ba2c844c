sqlite3 jobs.db "create table jobs (id integer primary key, title text, done integer default 0); insert into jobs (id, title) values (4711, 'old');"
