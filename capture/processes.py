"""Looks at other processes: who descends from whom, and who reads the terminal (Linux; elsewhere unknown)."""

import contextlib
import ctypes
import os
import subprocess
import sys
from collections.abc import Container, Iterable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

_PROC = Path("/proc")
_PR_SET_CHILD_SUBREAPER = 36
_READS = {"x86_64": {0, 19}, "aarch64": {63, 65}}.get(os.uname().machine, set())
_POLLS = {"x86_64": {7, 23, 232, 270, 271, 281}, "aarch64": {22, 72, 73}}.get(os.uname().machine, set())
_OWN_TERMINAL = os.makedev(5, 0)
"""`/dev/tty`, where ssh, sudo and git ask."""
_PAGE = 4096
_TERMINAL_READ = "wait_woken"
_UNINTERRUPTED = frozenset("RD")
_AFTER_NAME = {"state": 0, "parent": 1, "group": 2, "session": 3, "terminal": 4, "foreground": 5, "started": 19}


class Process(NamedTuple):
    """One process at one moment."""

    pid: int
    parent: int
    group: int
    session: int
    state: str
    """`R`, `S`, `D`, `T`, `Z`…"""
    terminal: int
    """Device number of its terminal; 0 when it has none."""
    foreground: int
    """The foreground group of its terminal; -1 when it has none."""
    started: float
    """Seconds since boot."""


TICK_S = 1 / os.sysconf("SC_CLK_TCK")
"""How coarsely starts are stamped."""


def available() -> bool:
    """Whether this system lets us look."""
    return (_PROC / "self" / "stat").exists()


def snapshot() -> dict[int, Process]:
    """Every process that can be seen, by pid; none where the system does not tell."""
    return {process.pid: process for process in _all()} if available() else {}


def started(pid: int) -> float | None:
    """When a process was started, in seconds since boot: no two of one pid have the same.

    Args:
        pid: Of the process.

    Returns:
        None when it is over; 0 where the system does not tell.
    """
    if not available():
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return None
        except PermissionError:
            pass
        return 0.0
    try:
        fields = _read(f"{_PROC}/{pid}/stat").rpartition(b")")[2].split()
    except OSError:
        return None
    return None if fields[0] in (b"Z", b"X") else int(fields[_AFTER_NAME["started"]]) * TICK_S


def parent(pid: int) -> tuple[int, str] | None:
    """The parent of a process, and the name of the process itself.

    Args:
        pid: Of the process.

    Returns:
        None when it is over.
    """
    try:
        if available():
            before, _, behind = _read(f"{_PROC}/{pid}/stat").rpartition(b")")
            return int(behind.split()[_AFTER_NAME["parent"]]), before.partition(b"(")[2].decode(errors="replace")
        told = subprocess.run(
            ["ps", "-o", "ppid=,comm=", "-p", str(pid)], capture_output=True, text=True, check=True, timeout=5
        ).stdout.split(maxsplit=1)
        return int(told[0]), told[1].strip().rpartition("/")[2]
    except (OSError, ValueError, IndexError, subprocess.SubprocessError):
        return None


def descendants(root: int, processes: dict[int, Process]) -> set[int]:
    """Children of a process, their children, and so on.

    Args:
        root: Not in the answer itself.
        processes: All there are.

    Returns:
        Their pids.
    """
    children: dict[int, list[int]] = {}
    for process in processes.values():
        children.setdefault(process.parent, []).append(process.pid)
    found: set[int] = set()
    waiting = [root]
    while waiting:
        for child in children.get(waiting.pop(), ()):
            if child not in found:
                found.add(child)
                waiting.append(child)
    return found


def ancestors(pid: int, processes: Mapping[int, Process]) -> set[int]:
    """Its parent, the parent's parent, and so on."""
    found: set[int] = set()
    while (process := processes.get(pid)) is not None and process.parent not in found:
        pid = process.parent
        found.add(pid)
    return found


def begun_below(root: int, since: float, through: Container[int], processes: Mapping[int, Process]) -> set[int]:
    """Descendants that were started at or after a moment; not those of a process that was there before.

    Args:
        root: Not in the answer itself.
        since: Seconds since boot.
        through: Processes that are looked behind although they are older; not in the answer either.
        processes: All there are.

    Returns:
        Their pids.
    """
    below: dict[int, list[Process]] = {}
    for process in processes.values():
        below.setdefault(process.parent, []).append(process)
    found: set[int] = set()
    waiting = [root]
    while waiting:
        for child in below.get(waiting.pop(), ()):
            known = child.pid in through
            if not known and child.started >= since:
                found.add(child.pid)
            if known or child.started >= since:
                waiting.append(child.pid)
    return found


def adopt_orphans() -> None:
    """Whatever loses its parent below this process becomes its child: no daemon gets out of sight (Linux)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def reap_orphans(own: Container[int]) -> None:
    """Let go of adopted processes that have ended.

    Args:
        own: Children whose end somebody else waits for.
    """
    for pid in children(os.getpid()):
        if pid not in own and _is_over(pid):
            with contextlib.suppress(ChildProcessError):
                os.waitpid(pid, os.WNOHANG)


def has_children() -> bool:
    """Whether this process has any child, adopted ones among them; asks without looking at each process there is."""
    try:
        os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    except ChildProcessError:
        return False
    return True


def children(pid: int) -> frozenset[int]:
    """Direct children only: quick enough to be asked between any two steps.

    Args:
        pid: Their parent.

    Returns:
        Their pids; none where the system does not tell.
    """
    try:
        return frozenset(map(int, (_PROC / str(pid) / "task" / str(pid) / "children").read_text().split()))
    except OSError:
        return frozenset()


def reads_terminal(candidates: Iterable[Process], device: int) -> bool | None:
    """Whether one of some processes is blocked reading a terminal.

    Args:
        candidates: Those that may.
        device: The terminal's device number.

    Returns:
        None when one of them sleeps in a way that may or may not be it (poll, select).
    """
    found = [_reads(process, device) for process in candidates]
    if True in found:
        return True
    if any(process is _BUSY for process in found):
        return False
    return None if None in found else False


_BUSY = object()


def _is_over(pid: int) -> bool:
    try:
        return (_PROC / str(pid) / "stat").read_bytes().rpartition(b")")[2].split()[:1] == [b"Z"]
    except OSError:
        return False


def _all() -> Iterator[Process]:
    for name in os.listdir(_PROC):  # noqa: PTH208 - a path for each costs more than reading it
        if not name.isdigit():
            continue
        try:
            text = _read(f"{_PROC}/{name}/stat")
        except OSError:
            continue
        fields = text[text.rindex(b")") + 2 :].split()
        numbers = {key: fields[at] for key, at in _AFTER_NAME.items()}
        yield Process(
            pid=int(name),
            parent=int(numbers["parent"]),
            group=int(numbers["group"]),
            session=int(numbers["session"]),
            state=numbers["state"].decode(),
            terminal=int(numbers["terminal"]),
            foreground=int(numbers["foreground"]),
            started=int(numbers["started"]) * TICK_S,
        )


def _read(path: str) -> bytes:
    """A short file of the system, in as few calls as there can be: there are many of them."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        return os.read(descriptor, _PAGE)
    finally:
        os.close(descriptor)


def _reads(process: Process, device: int) -> object:
    """True, False, None for unknown, or that it is busy."""
    if process.state in _UNINTERRUPTED:
        return _BUSY
    if process.state != "S":
        return False
    answers = [_thread_reads(task, device) for task in _tasks(process.pid)]
    if True in answers:
        return True
    return None if None in answers else False


def _tasks(pid: int) -> list[Path]:
    try:
        return list((_PROC / str(pid) / "task").iterdir())
    except OSError:
        return []


def _thread_reads(task: Path, device: int) -> bool | None:
    try:
        call = (task / "syscall").read_text().split()
        number = int(call[0])
    except (OSError, ValueError, IndexError):
        return _sleeps_in_terminal(task)
    if number in _POLLS:
        return None
    return number in _READS and _is_device(task / "fd" / str(int(call[1], 16)), device)


def _sleeps_in_terminal(task: Path) -> bool | None:
    try:
        return True if (task / "wchan").read_text() == _TERMINAL_READ else None
    except OSError:
        return None


def _is_device(path: Path, device: int) -> bool:
    try:
        return path.stat().st_rdev in (device, _OWN_TERMINAL)
    except OSError:
        return False
