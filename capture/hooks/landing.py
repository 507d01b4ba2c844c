"""Where the hooks of one session land: which run, which calls are open; one hook at a time."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from hashlib import sha256
from pathlib import Path

import msgspec

from capture.home import PRIVATE_FILE, PRIVATE_FOLDER, STAGED, Home
from capture.tape.reader import is_run, load_run
from capture.trace import RunStatus

_ONGOING = (RunStatus.IN_PROGRESS, RunStatus.RECOVERED)


class OpenCall(msgspec.Struct):
    """A call that was begun and has not ended; what it was given is asked of its end again, and not kept here."""

    step: int
    at: datetime
    cwd: str = ""
    """Where it was begun; its end tells where the agent is then."""
    agent: str = ""
    """The subagent that makes it; empty for the agent itself."""
    starts: bool = False
    """Whether it starts a subagent."""


class Session(msgspec.Struct):
    """What one hook leaves to the next."""

    run_id: str = ""
    """Empty before there is a run."""
    calls: dict[str, OpenCall] = {}
    """By the agent's own id."""
    over: list[str] = []
    """Calls that have ended already: what is told of their beginning comes late."""


class Landing:
    """The place of one session.

    Args:
        home: Where runs are kept.
        session_id: As the agent calls it.
    """

    def __init__(self, home: Home, session_id: str) -> None:
        self._home = home
        home.hooks.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)
        self._place = home.hooks / f"{sha256(session_id.encode('utf-8', 'replace')).hexdigest()[:32]}.json"

    @contextmanager
    def turn(self) -> Iterator[Session]:
        """Be the only hook of this session; what is changed in the value is kept, unless the block is left by an error.

        Raises:
            OSError: The disk says no.
        """
        lock = os.open(self._place.with_suffix(".lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, PRIVATE_FILE)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            session = self._session()
            yield session
            _write(self._place, msgspec.json.encode(session))
        finally:
            os.close(lock)

    def _session(self) -> Session:
        try:
            session = msgspec.json.decode(self._place.read_bytes(), type=Session)
        except (OSError, msgspec.DecodeError, UnicodeDecodeError):
            return Session()
        gone = not is_run(self._home, session.run_id) or load_run(self._home, session.run_id).status not in _ONGOING
        return Session() if gone else session


def _write(path: Path, data: bytes) -> None:
    partial = path.with_name(f"{path.name}{STAGED}")
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, PRIVATE_FILE)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
    partial.replace(path)
