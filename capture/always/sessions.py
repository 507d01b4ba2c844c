"""Finds the sessions of the recording that is always on, and takes their last commands."""

import os
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from capture import processes
from capture.always.rotation import CONTENTS
from capture.errors import BadInputError, HostError, UnknownNameError
from capture.home import Home
from capture.tape.editing import Recording, select
from capture.tape.editions import read_run
from capture.tape.joining import joined
from capture.tape.presence import is_held
from capture.tape.writer import LOCK, TRACE
from capture.trace import StepStatus
from capture.wire import SESSION

KEPT_SESSIONS = 8
"""Sessions that are kept besides those that live."""
_HOST = b"capture.host"


class Last(NamedTuple):
    """The last commands of a session."""

    recording: Recording
    """A run of them."""
    folders: tuple[Path, ...]
    """The segments that they lie in."""

    def contents(self) -> Iterator[bytes]:
        """What steps of these segments wrote into files."""
        for folder in self.folders:
            for path in sorted((folder / CONTENTS).glob("*")):
                yield path.read_bytes()


def sessions(home: Home) -> tuple[Path, ...]:
    """Their folders, those that live first, then the newest first."""
    found = sorted((path for path in home.always.glob("*") if path.is_dir()), reverse=True)
    return tuple(sorted(found, key=lambda path: not is_held(path / LOCK)))


def drop_old(home: Home, keep: int = KEPT_SESSIONS) -> None:
    """Delete all ended sessions but the newest."""
    ended = [path for path in sessions(home) if not is_held(path / LOCK)]
    for path in ended[max(0, keep) :]:
        shutil.rmtree(path, ignore_errors=True)


def find(home: Home, environment: Mapping[str, str], wanted: str | None = None) -> Path:
    """The session whose commands are meant.

    Args:
        home: Where sessions are kept.
        environment: The caller's: inside a session it names that session.
        wanted: Its id, or the beginning of it; None: the caller's own, else the newest that lives, else the newest.

    Returns:
        Its folder.

    Raises:
        UnknownNameError: There is none.
    """
    known = sessions(home)
    if wanted is not None:
        named = [path for path in known if path.name.startswith(wanted)]
        if len(named) != 1:
            there = ", ".join(path.name for path in known) or "none"
            raise UnknownNameError(f"{wanted!r} names no one session; there is {there}")
        return named[0]
    own = Path(environment.get(SESSION, ""))
    if environment.get(SESSION) and own.is_dir():
        return own
    if not known:
        raise UnknownNameError(
            "nothing is recorded all the time; `replaybook hook bash` (or zsh, fish) prints the lines that turn it on"
        )
    return known[0]


def last_steps(session: Path, count: int) -> Last:
    """The last commands that have ended.

    Args:
        session: Its folder.
        count: How many; there may be fewer.

    Returns:
        One run of them, numbered from 1; environment and files are as they were before the first.

    Raises:
        BadInputError: None has ended yet, or none was asked for.
        HostError: It was dropped while it was read.
    """
    if count < 1:
        raise BadInputError(f"--last {count} asks for nothing; give 1 or more")
    pieces: list[Recording] = []
    folders: list[Path] = []
    missing = count
    try:
        for folder in sorted((path for path in session.glob("[0-9]*") if (path / TRACE).is_file()), reverse=True):
            found = _readable(folder)
            ended = _ended(found) if found is not None else []
            if found is not None and ended:
                pieces.insert(0, select(found, ended[-missing:], alone=True))
                folders.insert(0, folder)
                missing -= len(ended[-missing:])
            if not missing:
                break
    except FileNotFoundError as error:
        raise HostError(f"session {session.name} went on while it was read; try again") from error
    if not pieces:
        raise BadInputError(f"no command has ended in session {session.name} yet; run some first")
    return Last(joined(pieces), tuple(folders))


def inside_recording() -> bool:
    """Whether this process runs in a terminal that is being recorded; False where the system can't tell."""
    every = processes.snapshot()
    process = every.get(os.getppid())
    while process is not None and process.pid > 1:
        if _HOST in _command_line(process.pid):
            return True
        process = every.get(process.parent)
    return False


def _readable(folder: Path) -> Recording | None:
    """A segment; None when a full disk has left not even its head."""
    try:
        return read_run(folder)
    except BadInputError:
        return None


def _ended(recording: Recording) -> list[int]:
    return [step.step_index for step in recording.trace.steps if step.status is not StepStatus.PARTIAL]


def _command_line(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""
