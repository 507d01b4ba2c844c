"""What a killed replay leaves of its shadow: found at the next start, ended and removed, never a living one's."""

import contextlib
import fcntl
import os
import select
import signal
import time
from collections.abc import Iterator
from pathlib import Path

from replay.shadow.folders import PREFIX, parents, remove

LOCK = "lock"
"""Held as long as the shadow's replay lives; it names the other folder that belongs to it."""
YOUNG_S = 60.0
"""A folder so new may be about to get its lock."""
_ROUNDS = 50
_ENDS_MS = 5000
"""So long one that was killed gets to be gone: on a busy machine it has to have its turn first."""


@contextlib.contextmanager
def held(base: Path, runtime: Path) -> Iterator[None]:
    """Hold a shadow's folders for as long as this process lives.

    Args:
        base: The shadow's own folder.
        runtime: The folder of its session.
    """
    descriptor = os.open(base / f"{LOCK}.new", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        os.write(descriptor, os.fsencode(runtime))
        # Under its name only when it is held: between the two, it would look like a dead one's.
        (base / f"{LOCK}.new").rename(base / LOCK)
        yield
    finally:
        os.close(descriptor)


def clean_up() -> int:
    """Remove what killed replays have left.

    Returns:
        How many shadows there were.
    """
    found = 0
    for parent in parents():
        for base in parent.glob(f"{PREFIX}*"):
            with contextlib.suppress(OSError):
                found += _clean(base)
    return found


def _clean(base: Path) -> bool:
    status = base.lstat()
    if status.st_uid != os.geteuid() or base.is_symlink():
        return False
    try:
        descriptor = os.open(base / LOCK, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        if time.time() - status.st_mtime > YOUNG_S:
            remove(base)
            return True
        return False
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        runtime = Path(os.fsdecode(os.read(descriptor, os.pathconf("/", "PC_PATH_MAX"))))
        end_processes(base)
        remove(runtime)
        remove(base)
        return True
    finally:
        os.close(descriptor)


def end_processes(base: Path) -> None:
    """Kill what still runs with the shadow's folder in its environment; namespaces have ended theirs already."""
    mark = f"={base}/".encode()
    for _ in range(_ROUNDS):
        left = [pid for pid in _pids() if mark in _environment_of(pid)]
        if not left:
            return
        for pid in left:
            with contextlib.suppress(OSError):
                os.kill(pid, signal.SIGKILL)
        for pid in left:
            _await_end(pid)


def _await_end(pid: int) -> None:
    with contextlib.suppress(OSError):
        descriptor = os.pidfd_open(pid)
        try:
            poll = select.poll()
            poll.register(descriptor, select.POLLIN)
            poll.poll(_ENDS_MS)
        finally:
            os.close(descriptor)


def _pids() -> Iterator[int]:
    return (int(entry.name) for entry in Path("/proc").glob("[0-9]*"))


def _environment_of(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/environ").read_bytes()
    except OSError:
        return b""
