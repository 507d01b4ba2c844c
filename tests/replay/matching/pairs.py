"""Commands whose output is taken for real: several times as they are, and once drifted."""

import re

SETUP = r"""
git init -q --template= -b main repo && cd repo
git config user.name Ada && git config user.email ada@example.org
printf 'one\ntwo\nthree\n' > notes.txt && git add . && git commit -qm first
printf 'four\n' >> notes.txt && git commit -qam second && git tag v1
cd ..
printf 'id,city,people\n1,Bonn,331\n2,Ulm,126\n3,Jena,111\n' > data.csv
printf '{"name":"site","version":"1.4.2","parts":[1,2,3]}\n' > site.json
printf 'INFO start\nWARN disk 91%%\nERROR no route\nINFO stop\n' > app.log
printf 'int main(void) { int unused; return 0; }\n' > prog.c
printf 'all: prog\nprog: prog.c\n\tgcc -Wall -o prog prog.c\nclean:\n\trm -f prog\n' > Makefile
mkdir -p tree/a/b && echo x > tree/a/x.txt && echo y > tree/a/b/y.txt
cat > tool.py <<'PY'
import os, random, secrets, sys, time, uuid
kind, count = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 3
began = time.perf_counter()
print({
    "uuid": lambda: f"job {uuid.uuid4()} of {count}",
    "hex": lambda: f"token {secrets.token_hex(8)}, {count} scopes",
    "word": lambda: f"lease {secrets.token_urlsafe(12)} for {count} hosts",
    "took": lambda: f"{count} rows in {time.perf_counter() - began:.6f}s",
    "ms": lambda: f"GET / 200 {random.uniform(1, 90):.1f}ms, {count} bytes",
    "speed": lambda: f"sent {count} MiB at {random.uniform(1, 90):.1f} MB/s",
    "pid": lambda: f"worker pid={os.getpid()} took {count} jobs",
    "port": lambda: f"listening on http://127.0.0.1:{random.randint(40000, 60000)}/ with {count} routes",
    "number": lambda: f"sample {random.randint(100, 999)} of {count}",
    "float": lambda: f"loss {random.uniform(0.1, 0.9):.4f} at epoch {count}",
    "percent": lambda: f"cpu {random.randint(10, 99)}%, {count} cores",
    "ip": lambda: f"lease 10.0.{random.randint(0, 255)}.{random.randint(1, 254)} for {count} hours",
    "address": lambda: f"<Pool object at {hex(random.randint(1 << 40, 1 << 44))}> with {count} slots",
    "seed": lambda: f"random seed: {random.randint(10**5, 10**8)}, {count} cases",
    "stamp": lambda: time.strftime(f"%Y-%m-%dT%H:%M:%SZ {count} ok", time.gmtime(time.time() + random.random() * 9e4)),
    "clock": lambda: f"[{random.randint(10, 23)}:{random.randint(10, 59)}:{random.randint(10, 59)}] {count} files",
    "epoch": lambda: f"created_at={int(time.time() + random.random() * 9e4)} size={count}",
    "retry": lambda: "\n".join(["connecting", *["retrying"] * random.randint(0, 2), f"connected to {count} peers"]),
    "tmp": lambda: f"unpacked {count} parts into /tmp/tmp{secrets.token_hex(4)}/x",
    "unit": lambda: f"built {count} pages in {random.choice(['850ms', '1.2s', '930ms', '2.4s'])}",
    "size": lambda: f"heap {random.uniform(10, 99):.1f} MiB after {count} rounds",
    "spin": lambda: f"{random.choice('⠋⠙⠹⠸⠼')} fetched {count} packages",
    "mac": lambda: f"nic {':'.join(secrets.token_hex(1) for _ in range(6))} mtu {count}",
    "b64": lambda: f"nonce {secrets.token_urlsafe(16)}== round {count}",
}[kind]())
PY
"""

VARYING = tuple(
    (f"python3 tool.py {kind} 3", f"python3 tool.py {kind} 4")
    for kind in re.findall(r'^    "(\w+)": lambda', SETUP, re.MULTILINE)
)
"""What varies in every run, with a count that doesn't."""

PAIRS = (
    *VARYING,
    ("date", "date && echo again"),
    ("date -Iseconds && echo 3 done", "date -Iseconds && echo 4 done"),
    ("date +%s", "date +%s && echo 1"),
    ("ls -l tree", "ls -l tree/a"),
    ("ls -la", "touch more && ls -la"),
    ("ls -R tree", "ls -R tree/a"),
    ("ls -li data.csv", "ls -li site.json"),
    ("stat data.csv", "stat site.json"),
    ("stat -c '%n %s %Y' app.log", "echo x >> app.log && stat -c '%n %s %Y' app.log"),
    ("wc -l data.csv", "echo 4,Trier,110 >> data.csv && wc -l data.csv"),
    ("wc app.log data.csv", "echo x >> app.log && wc app.log data.csv"),
    ("sha256sum data.csv", "sha256sum data.csv site.json"),
    ("md5sum *.csv *.json", "md5sum *.csv"),
    ("cksum data.csv", "echo >> data.csv && cksum data.csv"),
    ("sort -t, -k3n data.csv", "sed -i s/126/127/ data.csv && sort -t, -k3n data.csv"),
    ("awk -F, '{s += $3} END {print s}' data.csv", "awk -F, '{s += $3 + 1} END {print s}' data.csv"),
    ("cut -d, -f2 data.csv", "sed -i s/Ulm/Gera/ data.csv && cut -d, -f2 data.csv"),
    ("grep -c INFO app.log", "echo INFO >> app.log && grep -c INFO app.log"),
    ("grep -n ERROR app.log", "sed -i 1d app.log && grep -n ERROR app.log"),
    ("grep nothing app.log", "echo nothing >> app.log && grep nothing app.log"),
    ("diff data.csv site.json", "echo x >> site.json && diff data.csv site.json"),
    ("cat missing.txt", "cat gone.txt"),
    ("cat site.json", "sed -i s/1.4.2/1.4.3/ site.json && cat site.json"),
    ("head -2 app.log", "sed -i 1d app.log && head -2 app.log"),
    ("tail -1 app.log", "sed -i '$d' app.log && tail -1 app.log"),
    ("uniq -c app.log", "echo 'INFO stop' >> app.log && uniq -c app.log"),
    ("tr a-z A-Z < app.log", "sed -i s/route/path/ app.log && tr a-z A-Z < app.log"),
    ("find tree -type f | sort", "touch tree/z && find tree -type f | sort"),
    ("find tree -name '*.txt' -ls | sort -k11", "rm tree/a/x.txt && find tree -name '*.txt' -ls | sort -k11"),
    ("mktemp -d", "mktemp -d && echo made"),
    ("pwd", "cd tree && pwd"),
    ("realpath data.csv", "realpath site.json"),
    ("basename $PWD/data.csv .csv", "basename $PWD/app.log .log"),
    ("seq 3", "seq 4"),
    ("printf '%s\\n' b a c", "printf '%s\\n' b a d"),
    ("expr 6 \\* 7", "expr 6 \\* 8"),
    ("echo $((2**10))", "echo $((2**11))"),
    ("tar cvf t.tar tree", "tar cvf t.tar tree/a"),
    ("tar czf t.tgz tree && ls -l t.tgz", "tar czf u.tgz tree && ls -l u.tgz"),
    ("tar cf t.tar tree && tar tvf t.tar", "rm tree/a/x.txt && tar cf t.tar tree && tar tvf t.tar"),
    ("gzip -kv data.csv", "gzip -kv app.log"),
    ("dd if=/dev/zero of=z bs=1024 count=4", "dd if=/dev/zero of=z bs=1024 count=5"),
    ("time (true)", "time (true); echo late"),
    ("time -p sleep 0", "time -p false; echo $?"),
    ("bash -c 'echo run by $$' | sed 's/ $//'", "bash -c 'echo ran by $$'"),
    ("sleep 0 & wait; echo over", "sleep 0 & wait; echo done"),
    ("cp -v data.csv copy.csv", "cp -v site.json copy.csv"),
    ("mv -v app.log old.log", "mv -v app.log older.log"),
    ("rm -v data.csv", "rm -v site.json"),
    ("mkdir -pv out/deep", "mkdir -pv out/deeper"),
    ("touch new && file new 2>/dev/null || echo no file", "echo x > new && wc -c new"),
    ("git -C repo log -1", "git -C repo log -1 HEAD~1"),
    ("git -C repo log --oneline", "git -C repo log --oneline -1"),
    ("git -C repo status", "echo x >> repo/notes.txt && git -C repo status"),
    ("git -C repo diff HEAD~1 --stat", "echo y >> repo/notes.txt && git -C repo diff HEAD~1 --stat"),
    ("git -C repo diff HEAD~1", "echo y >> repo/notes.txt && git -C repo diff HEAD~1"),
    ("git -C repo show --stat v1", "git -C repo show --stat v1~1"),
    ("git -C repo commit --allow-empty -m third", "git -C repo commit --allow-empty -m fourth"),
    ("git -C repo checkout -b topic", "git -C repo checkout -b other"),
    ("git -C repo checkout v1~1 2>&1 | tail -1", "git -C repo checkout v1 2>&1 | tail -1"),
    ("git -C repo branch -v", "git -C repo branch -q extra && git -C repo branch -v"),
    ("git -C repo describe --tags --long", "git -C repo tag v2 HEAD~1 && git -C repo describe --tags --long HEAD~1"),
    ("git -C repo rev-parse HEAD", "git -C repo rev-parse HEAD nothere"),
    ("git -C repo shortlog -s HEAD", "git -C repo shortlog -s HEAD~1"),
    ("git clone repo copy", "git clone repo other"),
    ("git -C repo merge nothere", "git -C repo merge elsewhere"),
    ("git -C repo blame notes.txt", "git -C repo blame -L1,2 notes.txt"),
    ("python3 -m unittest 2>&1", "python3 -m unittest -v nothere 2>&1"),
    ("python3 -c 'print(object())'", "python3 -c 'print([object()])'"),
    ("python3 -c 'print({}[1])'", "python3 -c 'print({}[2])'"),
    ("python3 -m json.tool site.json", "sed -i 's/3]/3,4]/' site.json && python3 -m json.tool site.json"),
    ("python3 -m timeit -n 10 -r 1 pass", "python3 -m timeit -n 20 -r 1 pass"),
    ("python3 -m zipfile -c z.zip tree && python3 -m zipfile -l z.zip",
     "python3 -m zipfile -c z.zip tree/a && python3 -m zipfile -l z.zip"),
    ("gcc -Wall -c prog.c 2>&1", "sed -i s/unused/spare/ prog.c && gcc -Wall -c prog.c 2>&1"),
    ("make 2>&1 | head -2", "sed -i s/-Wall/-Wextra/ Makefile && make 2>&1 | head -2"),
    ("make nothere", "make elsewhere"),
    ("make -n clean", "sed -i 's/rm -f/rm -rf/' Makefile && make -n clean"),
    ("perl -e 'printf \"%d of %d\\n\", 3, 5'", "perl -e 'printf \"%d of %d\\n\", 4, 5'"),
    ("env -i A=1 B=2 env", "env -i A=1 B=3 env"),
    ("nothere --flag", "elsewhere --flag"),
)  # fmt: skip
"""Each command, and the same drifted."""
