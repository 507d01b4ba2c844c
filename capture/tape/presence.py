"""Says of a run whether its host lives, where it listens and whether somebody sits at it: one small locked file."""

import fcntl
import os
import time
from pathlib import Path

import msgspec

from capture.home import PRIVATE_FILE, STAGED
from capture.processes import started

_WIDTH = 512
_LOOK_S = 0.01


class Presence(msgspec.Struct, frozen=True, kw_only=True):
    """What a host notes of itself."""

    address: str
    """Its socket; empty where a program records itself and nobody can attach."""
    pid: int
    """Its process."""
    machine: str
    """Where it runs."""
    attached: bool = False
    """Whether a front end is there."""
    kept: bool = False
    """Whether it goes on without one."""
    paused: bool = False
    """Whether nothing is recorded now, because a person wants so."""
    lives_with: float | None = None
    """When the process of that pid was started, in seconds since boot, where no host holds the file: the run goes on as
    long as that process, which others speak for; None: the file is held."""


def announce(path: Path, presence: Presence) -> int:
    """Take the file; it is held as long as this process lives: whoever finds it free knows that the host is gone.

    Args:
        path: The run's lock.
        presence: What to note.

    Returns:
        The descriptor that holds it.

    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, PRIVATE_FILE)
    # Waits for readers alone, who look and let go: no other host has this run's id.
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    note(descriptor, presence)
    return descriptor


def note(descriptor: int, presence: Presence) -> None:
    """Write over what stands there, in place and in one piece: it needs no room on a full disk.

    Args:
        descriptor: From `announce`.
        presence: What holds now.
    """
    os.pwrite(descriptor, msgspec.json.encode(presence).ljust(_WIDTH), 0)


def presence_in(path: Path) -> Presence | None:
    """What the host noted, alive or not; None when it can't be read."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=Presence)
    except (OSError, msgspec.DecodeError, UnicodeDecodeError):
        return None


def is_held(path: Path) -> bool:
    """Whether the host is alive, or the process that a run without one goes on with."""
    try:
        with path.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            noted = file.read()
    except BlockingIOError:
        return True
    except OSError:
        return False
    return b"lives_with" in noted and _lives(noted)


def announce_with(path: Path, pid: int, begun: float, machine: str) -> None:
    """Note that a run goes on as long as a process does that is none of ours.

    Args:
        path: The run's lock.
        pid: Of the process.
        begun: When it was started, in seconds since boot.
        machine: Where it runs.
    """
    presence = Presence(address="", pid=pid, machine=machine, lives_with=begun)
    partial = path.with_name(f"{path.name}{STAGED}")
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, PRIVATE_FILE)
    try:
        note(descriptor, presence)
    finally:
        os.close(descriptor)
    partial.replace(path)


def _lives(noted: bytes) -> bool:
    try:
        presence = msgspec.json.decode(noted, type=Presence)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return False
    if presence.lives_with is None or presence.machine != os.uname().nodename:
        return False
    return started(presence.pid) == presence.lives_with


def is_let_go(path: Path, within_s: float) -> bool:
    """Whether a host that hangs up is gone: its socket may be closed a moment before its file is free.

    Args:
        path: The run's lock.
        within_s: How long to wait for that, in seconds.

    Returns:
        False when it still lives then.
    """
    give_up = time.monotonic() + within_s
    while is_held(path):
        if time.monotonic() > give_up:
            return False
        # A lock is waited for without a limit or not at all, and not every system lets a stranger's end be waited for.
        time.sleep(_LOOK_S)
    return True
