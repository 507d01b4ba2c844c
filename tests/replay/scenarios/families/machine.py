"""The machine and the network: ports, servers, log-ins, locks, time and signals.

Their ports lie below those that the system gives to whoever asks for any.
"""

from replay.outcome import FailureClass
from tests.replay.scenarios.scenario import ANY, Scenario

_SERVE = (
    "exec python3 -c 'import http.server, sys\n"
    "class H(http.server.BaseHTTPRequestHandler):\n"
    '    def do_GET(self): self.send_response({code}); self.end_headers(); self.wfile.write(b"ok\\n")\n'
    "    def log_message(self, *a): pass\n"
    's = http.server.HTTPServer(("127.0.0.1", {port}), H)\n'
    "print(1, flush=True)\n"
    "s.serve_forever()'"
)
_TAKEN = "exec python3 -c 'import socket, time; s = socket.create_server((\"127.0.0.1\", {port})); print(1, flush=True); time.sleep(900)'"
_GIT_HTTP = (
    "rm -rf $ROOT/../served; mkdir $ROOT/../served; git init -q --bare $ROOT/../served/x.git; "
    "git -C $ROOT/../served/x.git update-server-info; cd $ROOT/../served; "
    "exec python3 -c 'import http.server\n"
    "class H(http.server.SimpleHTTPRequestHandler):\n"
    "    def log_message(self, *a): pass\n"
    's = http.server.HTTPServer(("127.0.0.1", {port}), H)\n'
    "print(1, flush=True)\n"
    "s.serve_forever()'"
)
_BIND = (
    "printf 'import socket, sys\\ns = socket.socket()\\ns.setsockopt(1, 2, 1)\\n"
    's.bind(("127.0.0.1", int(sys.argv[1])))\\ns.listen()\\nopen("bound", "w").write("yes")\\n\' > serve.py'
)

MACHINE = (
    Scenario(
        name="python's port is taken",
        expect=FailureClass.PORT_IN_USE,
        setup=_BIND,
        record=("python3 serve.py 31311", "cp bound kept"),
        holds=_TAKEN.format(port=31311),
        holds_nearby=_TAKEN.format(port=31312),
        control=":",
        step=1,
        proposed="set_parameter",
        selected=False,
        simulate=ANY,
    ),
    Scenario(
        name="node's port is taken",
        expect=FailureClass.PORT_IN_USE,
        setup='echo \'s = require("net").createServer().listen(31321, "127.0.0.1", () => '
        '{ require("fs").writeFileSync("up", "1"); s.close() })\' > up.js',
        record=("node up.js", "cp up kept"),
        holds=_TAKEN.format(port=31321),
        holds_nearby=_TAKEN.format(port=31322),
        control=":",
        step=1,
        simulate=ANY,
        needs=("node",),
    ),
    Scenario(
        name="the port of http.server is taken",
        expect=FailureClass.PORT_IN_USE,
        setup="echo page > page",
        record=(
            (
                "timeout -s INT --preserve-status 2 python3 -m http.server 31331 --bind 127.0.0.1 > log 2>&1; cat log > seen; "
                "grep -q Serving log"
            ),
            "cp seen kept",
        ),
        holds=_TAKEN.format(port=31331),
        holds_nearby=_TAKEN.format(port=31332),
        control=":",
        step=1,
        proposed="set_parameter",
        selected=False,
        divergence=frozenset({"precondition", "exit_code"}),
    ),
    Scenario(
        name="nothing answers curl",
        expect=FailureClass.NETWORK,
        setup="printf 'file=\"ok\"\\n' > rc",
        record=("curl -sS -o page http://127.0.0.1:31341/x --retry 0", "cp page kept"),
        serves=_SERVE.format(code=200, port=31341),
        control=":",
        step=1,
        simulate=ANY,
        needs=("curl",),
        never=("-k", "--insecure"),
    ),
    Scenario(
        name="python gets no connection",
        expect=FailureClass.NETWORK,
        setup='printf \'import socket\\nsocket.create_connection(("127.0.0.1", 31351), 5).close()\\n'
        'open("up", "w").write("1")\\n\' > ping.py',
        record=("python3 ping.py", "cp up kept"),
        serves=_TAKEN.format(port=31351),
        control=":",
        step=1,
        simulate=ANY,
    ),
    Scenario(
        name="git's server is down",
        expect=FailureClass.NETWORK,
        setup="git init -q .; git remote add origin http://127.0.0.1:31361/x.git; echo a > a",
        record=("git ls-remote origin > refs", "cp a b"),
        serves=_GIT_HTTP.format(port=31361),
        control=":",
        step=1,
        simulate=ANY,
        needs=("git",),
    ),
    Scenario(
        name="the server wants a log-in, says curl -f",
        expect=FailureClass.AUTH,
        setup=":",
        record=("curl -fsS -o page http://127.0.0.1:31371/data", "cp page kept"),
        holds=_SERVE.format(code=401, port=31371),
        serves=_SERVE.format(code=200, port=31371),
        control=":",
        step=1,
        simulate=ANY,
        needs=("curl",),
        never=("-u ", "token"),
    ),
    Scenario(
        name="python is forbidden to read",
        expect=FailureClass.AUTH,
        setup='printf \'import urllib.request as u\\nopen("d", "wb").write(u.urlopen("http://127.0.0.1:31381/").read())\\n\' > get.py',
        record=("python3 get.py", "cp d kept"),
        holds=_SERVE.format(code=403, port=31381),
        serves=_SERVE.format(code=200, port=31381),
        control=":",
        step=1,
        simulate=ANY,
    ),
    Scenario(
        name="git must log in",
        expect=FailureClass.AUTH,
        setup="git init -q .",
        record=("git ls-remote http://127.0.0.1:31391/x.git > refs", "cp refs kept"),
        holds=_SERVE.format(code=401, port=31391),
        serves=_GIT_HTTP.format(port=31391),
        control=":",
        step=1,
        simulate=ANY,
        needs=("git",),
    ),
    Scenario(
        name="sqlite's database is locked",
        expect=FailureClass.LOCKED,
        setup="sqlite3 a.db 'create table t(x)'; sqlite3 b.db 'create table t(x)'",
        record=("sqlite3 a.db 'insert into t values(1)'", "sqlite3 a.db 'select * from t' > rows"),
        holds='exec python3 -c \'import sqlite3, time; c = sqlite3.connect("a.db", isolation_level=None); '
        'c.execute("begin exclusive"); print(1, flush=True); time.sleep(900)\'',
        holds_nearby='exec python3 -c \'import sqlite3, time; c = sqlite3.connect("b.db", isolation_level=None); '
        'c.execute("begin exclusive"); print(1, flush=True); time.sleep(900)\'',
        control=":",
        step=1,
        proposed=r"\.timeout 30000",
        selected=False,
        simulate=ANY,
        needs=("sqlite3",),
        never=("rm",),
    ),
    Scenario(
        name="another process holds the lock",
        expect=FailureClass.LOCKED,
        setup="touch job.lock b.lock",
        record=("flock -n job.lock touch ran", "cp ran kept"),
        holds="exec flock job.lock sh -c 'echo 1; sleep 900'",
        holds_nearby="exec flock b.lock sh -c 'echo 1; sleep 900'",
        control=":",
        step=1,
        proposed="flock -w 30",
        selected=False,
        simulate=ANY,
        needs=("flock",),
        never=("rm",),
    ),
    Scenario(
        name="python finds the database locked, in zsh",
        expect=FailureClass.LOCKED,
        shell="zsh",
        setup="sqlite3 a.db 'create table t(x)'; printf 'import sqlite3\\nc = sqlite3.connect(\"a.db\", timeout=0.1)\\n"
        'c.execute("insert into t values (1)")\\nc.commit()\\n\' > put.py; cp a.db b.db',
        record=("python3 put.py", "touch put"),
        holds='exec python3 -c \'import sqlite3, time; c = sqlite3.connect("a.db", isolation_level=None); '
        'c.execute("begin exclusive"); print(1, flush=True); time.sleep(900)\'',
        holds_nearby='exec python3 -c \'import sqlite3, time; c = sqlite3.connect("b.db", isolation_level=None); '
        'c.execute("begin exclusive"); print(1, flush=True); time.sleep(900)\'',
        control=":",
        step=1,
        simulate=ANY,
        needs=("sqlite3",),
    ),
    Scenario(
        name="the command's own limit ends it",
        expect=FailureClass.TIMEOUT,
        setup="printf '#!/bin/sh\\nsleep $(cat wait)\\necho r > r\\n' > slow; chmod +x slow; echo 0 > wait; echo 1 > w2",
        record=("timeout 1 ./slow", "cp r kept"),
        drift="echo 30 > wait",
        control="echo 30 > w2",
        step=1,
        proposed="timeout 4 ",
        selected=False,
        divergence=frozenset({"exit_code", "timeout"}),
        simulate=ANY,
    ),
    Scenario(
        name="the step's limit ends it",
        expect=FailureClass.TIMEOUT,
        setup="printf '#!/bin/sh\\nsleep $(cat wait)\\necho r > r\\n' > slow; chmod +x slow; echo 0 > wait; echo 1 > w2",
        record=("touch begun", "./slow"),
        drift="echo 30 > wait",
        control="echo 0.2 > wait",
        step=2,
        timeout="2s",
        divergence=frozenset({"timeout"}),
        simulate=ANY,
        proposed="set_timeout",
        selected=False,
    ),
    Scenario(
        name="it reads from a pipe that stays silent",
        expect=FailureClass.TIMEOUT,
        setup="echo a > src; printf '#!/bin/sh\\nhead -1 src > got\\n' > rd; chmod +x rd",
        record=("touch begun", "./rd"),
        drift="rm src; mkfifo src",
        control="mkfifo src2",
        step=2,
        timeout="2s",
        divergence=frozenset({"timeout"}),
        simulate=ANY,
        proposed="set_timeout",
        selected=False,
        never=("yes",),
    ),
    Scenario(
        name="a program is killed",
        expect=FailureClass.KILLED,
        setup="printf '#!/bin/sh\\n. ./how\\necho r > r\\n' > run; chmod +x run; echo : > how",
        record=("./run", "cp r kept"),
        drift="echo 'kill -9 $$' > how",
        control="echo true > how",
        step=1,
        divergence=frozenset({"signal", "exit_code"}),
        simulate=ANY,
    ),
    Scenario(
        name="python runs into its limit of memory",
        expect=FailureClass.KILLED,
        setup='printf \'import os, signal\\nif os.path.exists("hard"): os.kill(os.getpid(), signal.SIGSEGV)\\n'
        'open("o", "w").write("1")\\n\' > p.py',
        record=("python3 p.py", "cp o kept"),
        drift="touch hard",
        control="touch soft",
        step=1,
        divergence=frozenset({"signal", "exit_code"}),
        simulate=ANY,
    ),
    Scenario(
        name="ended from outside, behind a pipe with pipefail",
        expect=FailureClass.KILLED,
        setup="printf '#!/bin/sh\\n. ./how\\necho r\\n' > run; chmod +x run; echo : > how",
        record=("set -o pipefail", "./run | cat > r", "cp r kept"),
        drift="echo 'kill -TERM $$' > how",
        control="echo true > how",
        step=2,
        divergence=frozenset({"signal", "exit_code"}),
        simulate=ANY,
    ),
)
