"""Failures of the tools of this machine, made for real and told apart."""

import os
import shutil
import socket
import subprocess
from pathlib import Path

import pytest

from replay.diagnosis import Diagnosis, classify
from replay.outcome import FailureClass

LOCALES = ("C", "C.UTF-8")


def fails(command: str, cwd: Path, *, locale: str = "C.UTF-8", setup: str = "", shell: str = "bash") -> Diagnosis:
    """Run a command that must fail, and classify it."""
    environment = {**os.environ, "LC_ALL": locale, "GIT_AUTHOR_NAME": "a", "GIT_AUTHOR_EMAIL": "a@b"}
    environment |= {"GIT_COMMITTER_NAME": "a", "GIT_COMMITTER_EMAIL": "a@b", "GIT_TERMINAL_PROMPT": "0"}
    if setup:
        subprocess.run(["bash", "-ec", setup], cwd=cwd, env=environment, check=True, capture_output=True)
    done = subprocess.run(
        [shell, "-c", command],
        cwd=cwd,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        stdin=subprocess.DEVNULL,
        check=False,
    )
    assert done.returncode != 0, done.stdout
    code = done.returncode if done.returncode > 0 else 128 - done.returncode
    return classify(
        command=command,
        exit_code=code,
        output=done.stdout.decode("utf-8", "replace"),
        signal=None,
        timed_out=False,
        expected_exit=0,
    )


C = FailureClass
REPOSITORY = "git init -q -b main .; echo a > a; git add a; git commit -qm one"
CASES: list[tuple[str, str, FailureClass, str | None]] = [
    ("", "no-such-tool --x", C.MISSING_COMMAND, "no-such-tool"),
    ("", "env no-such-tool", C.MISSING_COMMAND, "no-such-tool"),
    ("", "echo a | xargs no-such-tool", C.MISSING_COMMAND, "no-such-tool"),
    ("", "nice no-such-tool", C.MISSING_COMMAND, "no-such-tool"),
    ("", "timeout 5 no-such-tool", C.MISSING_COMMAND, "no-such-tool"),
    ("", "nohup no-such-tool", C.MISSING_COMMAND, "no-such-tool"),
    ("", "sh -c 'no-such-tool x'", C.MISSING_COMMAND, "no-such-tool"),
    ("", "tools/gen x", C.MISSING_FILE, "tools/gen"),
    ("", "set -u; echo $NOT_THERE", C.MISSING_ENV, "NOT_THERE"),
    ("", "exec 9>l; flock 9; flock -n l true", C.LOCKED, None),
    ("", "echo ${TOKEN:?give me one}", C.MISSING_ENV, "TOKEN"),
    ("", "echo ${TOKEN:?}", C.MISSING_ENV, "TOKEN"),
    ("echo 'echo ${BERTH:?is needed}' > s", "bash ./s", C.MISSING_ENV, "BERTH"),
    ("", 'python3 -c \'import fcntl; f = open("l", "a"); raise BlockingIOError(11, "x")\'', C.LOCKED, None),
    ("", "sh -c 'set -u; echo $NOT_THERE'", C.MISSING_ENV, "NOT_THERE"),
    ("", "python3 -c \"import os; os.environ['API_KEY']\"", C.MISSING_ENV, "API_KEY"),
    ("printf '#!/no/such/shell\\n' > x; chmod +x x", "./x", C.BAD_INTERPRETER, "./x"),
    ("printf '#!/bin/sh\\r\\necho a\\r\\n' > x; chmod +x x", "./x", C.BAD_INTERPRETER, "./x"),
    ("printf '#!/usr/bin/env no-such-python\\n' > x; chmod +x x", "./x", C.BAD_INTERPRETER, "no-such-python"),
    ("printf '#!/bin/sh\\n' > x", "./x", C.NOT_EXECUTABLE, "./x"),
    ("mkdir d", "./d", C.NOT_EXECUTABLE, "./d"),
    ("printf '#!/bin/sh\\n' > x", "./x | cat; exit 3", C.NOT_EXECUTABLE, "./x"),
    ("", "cat data/in.csv", C.MISSING_FILE, "data/in.csv"),
    ("", "wc -l < data/in.csv", C.MISSING_FILE, "data/in.csv"),
    ("", "wc -l in.csv", C.MISSING_FILE, "in.csv"),
    ("", "sort in.csv", C.MISSING_FILE, "in.csv"),
    ("", "head in.csv", C.MISSING_FILE, "in.csv"),
    ("", "tail -n 1 in.csv", C.MISSING_FILE, "in.csv"),
    ("", "cut -d, -f1 in.csv", C.MISSING_FILE, "in.csv"),
    ("", "cp in.csv out.csv", C.MISSING_FILE, "in.csv"),
    ("", "mv in.csv out.csv", C.MISSING_FILE, "in.csv"),
    ("", "rm in.csv", C.MISSING_FILE, "in.csv"),
    ("", "ls in.csv", C.MISSING_FILE, "in.csv"),
    ("", "grep a in.csv", C.MISSING_FILE, "in.csv"),
    ("", "sed s/a/b/ in.csv", C.MISSING_FILE, "in.csv"),
    ("", "awk '{print}' in.csv", C.MISSING_FILE, "in.csv"),
    ("", "diff in.csv also.csv", C.MISSING_FILE, "in.csv"),
    ("", "sha256sum in.csv", C.MISSING_FILE, "in.csv"),
    ("", "chmod +x in.csv", C.MISSING_FILE, "in.csv"),
    ("", "tar xf in.tar", C.MISSING_FILE, "in.tar"),
    ("", "bash in.sh", C.MISSING_FILE, "in.sh"),
    ("", ". ./in.sh", C.MISSING_FILE, "./in.sh"),
    ("", "python3 in.py", C.MISSING_FILE, None),
    ("", "python3 -c \"open('in.csv')\"", C.MISSING_FILE, "in.csv"),
    ("", "find nowhere -name x", C.MISSING_FILE, "nowhere"),
    ("", "dd if=in.img of=out.img", C.MISSING_FILE, "in.img"),
    ("", "gzip in.csv", C.MISSING_FILE, "in.csv"),
    ("", "cd build", C.MISSING_DIRECTORY, "build"),
    ("", "sh -c 'cd build'", C.MISSING_DIRECTORY, "build"),
    ("", "echo x > build/out.txt", C.MISSING_DIRECTORY, "build"),
    ("", "sh -c 'echo x > build/out.txt'", C.MISSING_DIRECTORY, "build"),
    ("", "echo x | tee build/out.txt", C.MISSING_DIRECTORY, "build"),
    ("", "touch build/x", C.MISSING_DIRECTORY, "build"),
    ("", "mkdir a/b", C.MISSING_DIRECTORY, "a"),
    ("echo a > a", "cp a build/x", C.MISSING_DIRECTORY, "build"),
    ("echo a > a; echo b > b", "cp a b build", C.MISSING_DIRECTORY, "build"),
    ("echo a > a", "sort -o build/x a", C.MISSING_DIRECTORY, "build"),
    ("echo a > a", "tar cf build/x.tar a", C.MISSING_DIRECTORY, "build"),
    ("", "mkdir there && mkdir there", C.ALREADY_EXISTS, "there"),
    ("echo a > a", "ln -s a b && ln -s a b", C.ALREADY_EXISTS, "b"),
    ("", "grep --no-such-option a b", C.UNKNOWN_OPTION, "--no-such-option"),
    ("", "ls --no-such-option", C.UNKNOWN_OPTION, "--no-such-option"),
    ("", "sort -Y", C.UNKNOWN_OPTION, "Y"),
    ("", "python3 --no-such-option", C.UNKNOWN_OPTION, "--no-such-option"),
    ("", "if then", C.SYNTAX, None),
    ("", "echo ${a b}", C.SYNTAX, None),
    ("", "python3 -c 'x ='", C.SYNTAX, None),
    ("printf '{ x ' > a.awk; echo 1 > d", "awk -f a.awk d", C.SYNTAX, None),
    ("", "python3 -c 'import no_such_module'", C.MISSING_MODULE, "no_such_module"),
    ("", "python3 -m no_such_module", C.MISSING_MODULE, "no_such_module"),
    ("", "timeout 0.05 sleep 9", C.TIMEOUT, None),
    ("", "bash -c 'kill -9 $$'", C.KILLED, "SIGKILL"),
    ("", "echo x > /dev/full", C.DISK_FULL, None),
    ("echo a > a", "grep -q b a", C.EXIT_CHANGED, None),
    ("", "exit 7", C.EXIT_CHANGED, None),
    ("", "echo error: what now; exit 7", C.UNCLASSIFIED, None),
]
GIT_CASES: list[tuple[str, str, FailureClass, str | None]] = [
    (REPOSITORY, "git checkout feature/x", C.GIT_REF, "feature/x"),
    (REPOSITORY, "git switch feature/x", C.GIT_REF, "feature/x"),
    (REPOSITORY, "git merge feature/x", C.GIT_REF, "feature/x"),
    (REPOSITORY, "git rebase feature/x", C.GIT_REF, "feature/x"),
    (REPOSITORY, "git log feature/x --", C.GIT_REF, "feature/x"),
    (REPOSITORY, "git diff feature/x main", C.GIT_REF, "feature/x"),
    (REPOSITORY, "git branch -d feature/x", C.GIT_REF, "feature/x"),
    (REPOSITORY, "git add nothing.txt", C.MISSING_FILE, "nothing.txt"),
    (REPOSITORY, "git checkout -- nothing.txt", C.MISSING_FILE, "nothing.txt"),
    (REPOSITORY, "git push origin main", C.GIT_REMOTE, "origin"),
    (REPOSITORY, "git push", C.GIT_REMOTE, None),
    (REPOSITORY, "git pull", C.GIT_REMOTE, None),
    (REPOSITORY + "; git remote add origin ../gone", "git fetch origin", C.GIT_REMOTE, "../gone"),
    (REPOSITORY + "; git init -q --bare ../r.git; git remote add origin ../r.git", "git push", C.GIT_REMOTE, "main"),
    (REPOSITORY + "; git init -q --bare ../s.git; git remote add origin ../s.git", "git push origin x", C.GIT_REF, "x"),
    ("", "git status", C.GIT_REMOTE, None),
    (REPOSITORY, "git commit -m again", C.ALREADY_APPLIED, None),
    (REPOSITORY, "git branch main", C.ALREADY_EXISTS, "main"),
    (REPOSITORY, "git checkout -b main", C.ALREADY_EXISTS, "main"),
    (REPOSITORY + "; git tag v1", "git tag v1", C.ALREADY_EXISTS, "v1"),
    (REPOSITORY + "; mkdir c; touch c/x", "git clone -q . c", C.ALREADY_EXISTS, "c"),
    (REPOSITORY + "; git checkout -qb o; echo b > a; git commit -qam b; git checkout -q main; echo c > a",
     "git checkout o", C.GIT_DIRTY, None),
    (REPOSITORY + "; touch .git/index.lock; echo b > b", "git add b", C.GIT_LOCK, None),
    (REPOSITORY + "; git init -q --bare ../t.git; git push -q ../t.git main; git commit -q --amend -m other",
     "git push ../t.git main", C.GIT_REMOTE, "main"),
    (REPOSITORY, "git chekout main", C.UNKNOWN_OPTION, "chekout"),
    (REPOSITORY, "git log --no-such-option", C.UNKNOWN_OPTION, None),
    (REPOSITORY, "git clone -q ./gone c", C.GIT_REMOTE, "./gone"),
]  # fmt: skip
TOOL_CASES: list[tuple[str, str, str, FailureClass, str | None]] = [
    ("make", "printf 'all:\\n\\techo a\\n' > Makefile", "make tarqet", C.UNKNOWN_TARGET, "tarqet"),
    ("make", "printf 'all: gone.c\\n\\techo a\\n' > Makefile", "make", C.MISSING_FILE, "gone.c"),
    ("make", "", "make -f gone.mk", C.MISSING_FILE, "gone.mk"),
    ("make", "", "make", C.MISSING_FILE, "makefile"),
    ("make", "printf 'all:\\n\\t@kill -9 $$$$\\n' > Makefile", "make", C.KILLED, None),
    ("make", "", "make -C sub", C.MISSING_DIRECTORY, "sub"),
    ("make", "printf 'all:\\n\\tno-such-tool\\n' > Makefile", "make", C.MISSING_COMMAND, "no-such-tool"),
    ("make", "printf 'all:\\n    echo a\\n' > Makefile", "make", C.SYNTAX, None),
    ("gcc", "printf '#include <gone.h>\\n' > a.c", "gcc -c a.c", C.MISSING_HEADER, "gone.h"),
    ("gcc", "", "gcc -c gone.c", C.MISSING_FILE, "gone.c"),
    ("gcc", "printf 'int main(void){return 0;}' > a.c", "gcc a.c -lgone_lib", C.MISSING_HEADER, "gone_lib"),
    ("gcc", "printf 'int main(void){return 0;}' > a.c", "gcc a.c -o build/a", C.MISSING_DIRECTORY, "build"),
    ("gcc", "", "gcc --no-such-option", C.UNKNOWN_OPTION, "--no-such-option"),
    ("node", "", "node gone.js", C.MISSING_FILE, "gone.js"),
    ("node", "", "node -e \"require('gone')\"", C.MISSING_MODULE, "gone"),
    ("node", "", "node -e \"require('fs').readFileSync('in.csv')\"", C.MISSING_FILE, "in.csv"),
    ("node", "", "node --no-such-option", C.UNKNOWN_OPTION, "--no-such-option"),
    ("npm", "echo '{\"scripts\":{\"build\":\"true\"}}' > package.json", "npm run bundle", C.UNKNOWN_TARGET, "bundle"),
    ("npm", "", "npm run build", C.MISSING_FILE, "package.json"),
    ("npm", "echo '{\"scripts\":{\"build\":\"notool\"}}' > package.json", "npm run build", C.MISSING_COMMAND, "notool"),
    ("sqlite3", "", "sqlite3 gone/x.db 'select 1'", C.MISSING_FILE, "gone/x.db"),
    ("sqlite3", "", "sqlite3 x.db 'create table t(a); create table t(a)'", C.ALREADY_EXISTS, "t"),
    ("sqlite3", "", "sqlite3 x.db 'create table t(a unique); insert into t values(1),(1)'", C.ALREADY_EXISTS, "t.a"),
    ("sqlite3", "", "sqlite3 x.db 'create table t(a); alter table t add a'", C.ALREADY_APPLIED, "a"),
    ("sqlite3", "", "sqlite3 x.db 'selec 1'", C.SYNTAX, None),
    ("jq", "", "jq . in.json", C.MISSING_FILE, "in.json"),
    ("curl", "", "curl -sS http://127.0.0.1:1/x", C.NETWORK, "127.0.0.1 port 1"),
    ("curl", "", "curl -s http://127.0.0.1:1/x", C.NETWORK, "http://127.0.0.1:1/x"),
    ("curl", "", "curl -sS http://no-such-host.invalid/", C.NETWORK, "no-such-host.invalid"),
    ("curl", "", "curl --no-such-option", C.UNKNOWN_OPTION, "--no-such-option"),
    ("patch", "printf 'b\\n' > f; printf -- '--- f\\n+++ f\\n@@ -1 +1 @@\\n-a\\n+b\\n' > p", "patch --batch -N f p",
     C.ALREADY_APPLIED, None),
    ("patch", "printf 'z\\n' > f; printf -- '--- f\\n+++ f\\n@@ -1 +1 @@\\n-a\\n+b\\n' > p", "patch --batch f p",
     C.EXIT_CHANGED, None),
    ("git", "printf 'b\\n' > f; printf -- '--- a/f\\n+++ b/f\\n@@ -1 +1 @@\\n-a\\n+b\\n' > p", "git apply p",
     C.ALREADY_APPLIED, "f"),
    ("dash", "", "dash -c '[[ a == a ]]'", C.SYNTAX, None),
    ("dash", "", "dash -c 'no-such-tool'", C.MISSING_COMMAND, "no-such-tool"),
]  # fmt: skip


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize(("setup", "command", "kind", "subject"), CASES, ids=[case[1] for case in CASES])
def test_shell_and_coreutils(
    setup: str, command: str, kind: FailureClass, subject: str | None, locale: str, tmp_path: Path
) -> None:
    found = fails(command, tmp_path, setup=setup, locale=locale)
    assert (found.failure_class, found.subject if subject else None) == (kind, subject), found


@pytest.mark.parametrize(("setup", "command", "kind", "subject"), GIT_CASES, ids=[case[1] for case in GIT_CASES])
def test_git(setup: str, command: str, kind: FailureClass, subject: str | None, tmp_path: Path) -> None:
    (tmp_path / "w").mkdir()
    found = fails(command, tmp_path / "w", setup=setup)
    assert (found.failure_class, found.subject if subject else None) == (kind, subject), found


@pytest.mark.parametrize(
    ("tool", "setup", "command", "kind", "subject"), TOOL_CASES, ids=[case[2][:40] for case in TOOL_CASES]
)
def test_other_tools(
    tool: str, setup: str, command: str, kind: FailureClass, subject: str | None, tmp_path: Path
) -> None:
    if shutil.which(tool) is None:
        pytest.skip(f"{tool} is not here")
    found = fails(command, tmp_path, setup=setup)
    assert (found.failure_class, found.subject if subject else None) == (kind, subject), found


def test_a_port_in_use_is_named(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        found = fails(f"python3 -m http.server -b 127.0.0.1 {port}", tmp_path)
    assert (found.failure_class, found.subject) == (FailureClass.PORT_IN_USE, str(port)), found


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is denied to root")
def test_a_file_that_may_not_be_read(tmp_path: Path) -> None:
    found = fails("cat x", tmp_path, setup="echo a > x; chmod 000 x")
    assert (found.failure_class, found.subject) == (FailureClass.PERMISSION_DENIED, "x")


def test_the_evidence_is_the_line_that_says_so(tmp_path: Path) -> None:
    found = fails("echo before; cat gone; exit 1", tmp_path)
    assert found.evidence_line == "cat: gone: No such file or directory"


def told(output: str, *, command: str = "deploy", exit_code: int = 1, signal: str | None = None) -> Diagnosis:
    return classify(
        command=command, exit_code=exit_code, output=output, signal=signal, timed_out=False, expected_exit=0
    )


@pytest.mark.parametrize(
    ("output", "kind", "subject"),
    [
        ("cp: cannot create regular file '/ro/x': Read-only file system", C.READ_ONLY, "/ro/x"),
        ("E: Could not get lock /var/lib/dpkg/lock-frontend. It is held", C.LOCKED, "/var/lib/dpkg/lock-frontend"),
        ("Error: in prepare, database is locked (5)", C.LOCKED, None),
        (
            "git@host: Permission denied (publickey).\nfatal: Could not read from remote repository.",
            C.AUTH,
            "publickey",
        ),
        ("curl: (22) The requested URL returned error: 401", C.AUTH, None),
        ("Error: listen EADDRINUSE: address already in use :::3000", C.PORT_IN_USE, "3000"),
        ("Bind for 0.0.0.0:8080 failed: port 8080 is already allocated", C.PORT_IN_USE, "8080"),
        ("bash: out/x: Permission denied", C.PERMISSION_DENIED, "out/x"),
        ("bash: line 3: jqq: command not found", C.MISSING_COMMAND, "jqq"),
        ("Error: environment variable DEPLOY_KEY is not set", C.MISSING_ENV, "DEPLOY_KEY"),
        ("sudo: a password is required", C.AUTH, None),
    ],
)
def test_words_of_tools_that_a_test_cannot_make_fail(output: str, kind: FailureClass, subject: str | None) -> None:
    found = told(output)
    assert (found.failure_class, found.subject if subject else None) == (kind, subject), found


def test_a_signal_is_a_kill_whatever_was_printed() -> None:
    assert told("warning: x already exists", exit_code=139, signal="SIGSEGV").failure_class is FailureClass.KILLED
    assert (
        told("write: No space left on device", exit_code=139, signal="SIGSEGV").failure_class is FailureClass.DISK_FULL
    )


def test_a_time_limit_is_a_timeout() -> None:
    found = classify(command="cat", exit_code=130, output="", signal="SIGINT", timed_out=True, expected_exit=0)
    assert found.failure_class is FailureClass.TIMEOUT


def test_success_where_failure_was_recorded_is_an_exit_that_changed() -> None:
    found = classify(command="grep a b", exit_code=0, output="", signal=None, timed_out=False, expected_exit=1)
    assert found.failure_class is FailureClass.EXIT_CHANGED


def test_a_traceback_is_told_by_its_last_line() -> None:
    frames = "Traceback (most recent call last):\n  File 'x.py', line 1, in f  # already exists\n"
    output = f"{frames}FileNotFoundError: [Errno 2] No such file or directory: 'in.csv'"
    assert told(output).subject == "in.csv"


def test_a_huge_line_does_not_hold_it_up() -> None:
    assert told("'a:12 " * 50_000, exit_code=1).failure_class is FailureClass.EXIT_CHANGED
