"""simulate under strace: no recorded command is executed, and nothing outside of replaybook's own home is written."""

import os
import re
import shutil
import stat
import subprocess
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import pytest

from tests.data import replaying
from tests.data.sessions import Session, all_sessions
from tests.program import COMMAND

pytestmark = pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not installed")

SESSIONS = {session.name: session for session in all_sessions()}
SAMPLE = frozenset({"git-clone-and-push"})
"""What tempts one most to ask a tool."""
WATCHED = (
    "execve,execveat,open,openat,openat2,creat,unlink,unlinkat,rename,renameat,renameat2,mkdir,mkdirat,rmdir,link"
    ",linkat,symlink,symlinkat,mknod,mknodat,chmod,fchmod,fchmodat,chown,fchown,lchown,fchownat,truncate,ftruncate"
    ",fallocate,utime,utimes,utimensat,futimesat,setxattr,lsetxattr,fsetxattr,removexattr,lremovexattr,fremovexattr"
    ",mount,umount2"
)
STRACE = ("strace", "-f", "-qq", "-y", "-s", "4096", "-e", f"trace={WATCHED}", "-o")
OPENING = frozenset({"open", "openat", "openat2"})
RUNNING = frozenset({"execve", "execveat"})
CALL = re.compile(r"(\w+)\((.*)\)\s+= (-?\d+|\?)", re.DOTALL)
PATH = re.compile(r'"((?:[^"\\]|\\.)*)"')
FOLDER = re.compile(r"(?:AT_FDCWD|\d+)<([^>]*)>")
WRITING = re.compile(r"O_WRONLY|O_RDWR|O_CREAT|O_TRUNC")
NOWHERE = ("/dev/null", "/dev/tty", "/proc/self/")
QUESTIONS = (["git", "status", "--porcelain"], ["git", "diff", "--cached", "--name-only"])
"""Queries without side effects: all words of one of them are in what is executed."""


def calls(log: Path) -> Iterator[tuple[str, str, bool]]:
    """Each system call: its name, its arguments, and whether it succeeded."""
    begun: dict[str, str] = {}
    for line in log.read_text(encoding="utf-8", errors="surrogateescape").splitlines():
        process, _, text = line.partition(" ")
        text = text.strip()
        if text.endswith("<unfinished ...>"):
            begun[process] = text.removesuffix("<unfinished ...>")
            continue
        resumed = re.match(r"<\.\.\. \w+ resumed>", text)
        if resumed:
            text = begun.pop(process, "") + text[resumed.end() :]
        found = CALL.match(text)
        if found:
            yield found[1], found[2], not found[3].startswith("-")


def executed(log: Path) -> list[list[str]]:
    """What was executed, or tried to be, each as its words."""
    return [PATH.findall(arguments)[1:] for name, arguments, _ in calls(log) if name in RUNNING]


def written(log: Path) -> list[str]:
    """Places that were opened to be written, made, removed or changed in any other way."""
    found = []
    for name, arguments, succeeded in calls(log):
        if name in RUNNING or not succeeded or (name in OPENING and not WRITING.search(arguments)):
            continue
        folder = FOLDER.search(arguments)
        base = folder[1] if folder else ""
        found += [os.path.normpath(Path(base, path)) for path in PATH.findall(arguments) or [""]]
    return [place for place in found if not place.startswith(NOWHERE)]


def fingerprint(root: Path) -> dict[str, tuple[object, ...]]:
    """All of a tree that a program can change: content, mode, owner, times and extended attributes by path."""
    found: dict[str, tuple[object, ...]] = {}
    for path in (root, *sorted(root.rglob("*"))):
        status = path.lstat()
        kind = stat.S_IFMT(status.st_mode)
        text = str(path.readlink()) if kind == stat.S_IFLNK else ""
        content = sha256(path.read_bytes()).hexdigest() if kind == stat.S_IFREG else text
        names = os.listxattr(path, follow_symlinks=False)
        more = tuple((name, os.getxattr(path, name, follow_symlinks=False)) for name in names)
        times = status.st_mtime_ns, status.st_ctime_ns
        found[str(path.relative_to(root))] = (status.st_mode, status.st_uid, status.st_ino, times, content, more)
    return found


def simulated(session: Session, scratch: Path) -> tuple[Path, Path, subprocess.CompletedProcess[str]]:
    """Simulate a session's playbook in its start; the log of strace, and the home."""
    home = replaying.compiled(session, scratch)
    work, world = session.begin(scratch / "there")
    before, log = fingerprint(scratch / "there"), scratch / "strace.log"
    command = [str(COMMAND), "--home", str(home.path), "replay", session.name, "--mode", "simulate", "--json"]
    done = subprocess.run(
        [*STRACE, log, *command],
        cwd=work,
        env={**world, "PYTHONDONTWRITEBYTECODE": "1"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert fingerprint(scratch / "there") == before
    return log, home.path, done


@pytest.mark.parametrize(
    "name", [name if name in SAMPLE else pytest.param(name, marks=pytest.mark.bench) for name in SESSIONS]
)
def test_simulating_executes_nothing_and_writes_nowhere(name: str, tmp_path: Path) -> None:
    log, home, done = simulated(SESSIONS[name], tmp_path)
    assert done.returncode in {0, 3}, done
    ours, *others = executed(log)
    assert ours[1:3] == ["--home", str(home)]
    asked = [words for words in others if not any(set(one) <= {*words} for one in QUESTIONS)]
    assert asked == []
    assert [place for place in written(log) if not Path(place).is_relative_to(home)] == []


def test_the_proof_sees_what_a_shell_does(tmp_path: Path) -> None:
    log, inside = tmp_path / "log", tmp_path / "x"
    subprocess.run(
        [*STRACE, log, "bash", "-c", "mkdir x; echo a > x/y; chmod 600 x/y; mv x/y x/z; date"],
        cwd=tmp_path,
        stdout=subprocess.DEVNULL,
        check=True,
    )
    assert ["mkdir", "x"] in executed(log)
    assert ["date"] in executed(log)
    assert {"x", str(inside / "y"), str(inside / "z")} <= {*written(log)}
