"""The one switch that stops every replay of a home, whichever process runs it, and lets no new one begin."""

import contextlib
import os
import re
import signal
import threading
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self

import msgspec

from capture import processes
from capture.errors import RefusedError, ReplaybookError
from capture.home import Home
from capture.tape import reader
from capture.tape.presence import is_let_go
from capture.tape.writer import LOCK
from replay.library.durable import replace_file

LOOK_S = 0.2
"""Between the looks of a running replay whether it was frozen."""
ORDERLY_S = 3.0
"""How long a replay gets to end by itself: its step is hung up, and killed after a second."""
_ROUNDS = 50
"""What is being killed may start others meanwhile."""
LIFT = "replaybook freeze --lift lets them run again"


class Frozen(msgspec.Struct, frozen=True, kw_only=True):
    """Why no replay runs."""

    by: str
    """Who froze them."""
    at: str
    """ISO 8601 UTC."""
    reason: str | None = None

    @property
    def words(self) -> str:
        """Who, when and why."""
        since = re.sub(r"\.\d+", "", self.at)
        return f"frozen by {self.by} at {since}" + (f": {self.reason}" if self.reason else "")


class Freeze(msgspec.Struct, frozen=True, kw_only=True):
    """What freezing came to."""

    frozen: Frozen | None
    """None: replays may run."""
    stopped: tuple[str, ...] = ()
    """Runs of the replays that ran, and have ended."""
    left: tuple[str, ...] = ()
    """Runs that could not be ended from this machine."""


def frozen(home: Home) -> Frozen | None:
    """Whether replays are frozen; a file that can't be read freezes them too."""
    try:
        return msgspec.json.decode(home.frozen.read_bytes(), type=Frozen)
    except FileNotFoundError:
        return None
    except (OSError, msgspec.DecodeError, UnicodeDecodeError):
        return Frozen(by="somebody", at="a time that can't be read", reason=f"{home.frozen} is damaged")


def check_frozen(home: Home) -> None:
    """Whether a replay may begin.

    Raises:
        RefusedError: They are frozen; the text says who, when and why, and how that ends.
    """
    found = frozen(home)
    if found is not None:
        raise RefusedError(f"replays are {found.words}; {LIFT}")


def freeze(home: Home, by: Frozen) -> Freeze:
    """Stop all replays, and let none begin until `thaw`; one that is frozen already keeps its reason.

    Args:
        home: Whose replays.
        by: Who, when and why.
    """
    if not home.frozen.exists():
        replace_file(home.frozen, msgspec.json.encode(by) + b"\n")
    running = [
        run_id for run_id in reader.run_ids(home) if reader.is_recording(home, run_id) and _replays(home, run_id)
    ]
    left = tuple(run_id for run_id in running if not _ended(home, run_id))
    return Freeze(frozen=frozen(home), stopped=tuple(one for one in running if one not in left), left=left)


def thaw(home: Home) -> bool:
    """Let replays run again; returns whether they were frozen."""
    there = home.frozen.exists()
    home.frozen.unlink(missing_ok=True)
    return there


def _replays(home: Home, run_id: str) -> bool:
    try:
        return reader.load_run(home, run_id).replay_id is not None
    except ReplaybookError:
        # Being begun right now: it looks by itself before its first step.
        return False


def _ended(home: Home, run_id: str) -> bool:
    """Wait until a replay has ended by itself; else tell its host, and at last kill it with all that it runs."""
    lock = home.runs / run_id / LOCK
    for number in (None, signal.SIGTERM, signal.SIGKILL):
        host = reader.host_of(home, run_id)
        if number is not None and host is not None and host.machine == os.uname().nodename and host.pid > 1:
            if number is signal.SIGKILL:
                _kill_below(host.pid)
            _signal(host.pid, number)
        if is_let_go(lock, ORDERLY_S):
            return True
    return False


def _kill_below(host: int) -> None:
    """Kill what a host runs: without its terminal, not all of that ends by itself."""
    killed = {os.getpid()}
    for _ in range(_ROUNDS):
        found = processes.descendants(host, processes.snapshot()) - killed
        for pid in found:
            _signal(pid, signal.SIGKILL)
        killed |= found
        if not found:
            return


def _signal(pid: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.kill(pid, number)


class Watch:
    """Looks, while a replay runs, whether it was frozen; to be used in a `with`.

    Args:
        place: The file that freezes.
        stop: Called once, from another thread, when it appears: ends what runs and comes back from what waits.
    """

    def __init__(self, place: Path, stop: Callable[[], None]) -> None:
        self._place = place
        self._stop = stop
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look, name="freeze", daemon=True)

    @property
    def fell(self) -> bool:
        """Whether it is frozen now."""
        return os.path.lexists(self._place)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._over.set()
        self._thread.join()

    def _look(self) -> None:
        while not self.fell:
            if self._over.wait(LOOK_S):
                return
        if not self._over.is_set():
            self._stop()
