"""The journals of replays that go on, or whose process died: appended to step by step, held while the replay lives."""

import fcntl
import os
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime
from pathlib import Path
from typing import Self

import msgspec

from capture.errors import HostError, RefusedError
from capture.home import PRIVATE_FILE, PRIVATE_FOLDER, Home
from capture.processes import parent
from replay.claims import Begun, Claimed, Ended, Journal, Line, read
from replay.library.durable import ProcessLock, sync_folder, write_all
from replay.library.ids import stamp
from replay.outcome import Claim, Failure, Replay, Standing, StepOutcome

SUFFIX = ".journal"
LOCK = "journals.lock"
_flush = getattr(os, "fdatasync", os.fsync)


class Journals:
    """Those of a home, beside its replays; one that came to its end has none any more."""

    def __init__(self, home: Home) -> None:
        self._folder = home.replays
        self._lock: ProcessLock | None = None

    def begin(self, replay: Replay, steps: int, clock: Callable[[], datetime]) -> "OpenJournal":
        """Write the first line of a replay, so that it exists from here on.

        Args:
            replay: As it begins.
            steps: How many its version has.
            clock: UTC now.

        Returns:
            Its journal, held by this process.

        Raises:
            RefusedError: Another replay goes on in the same workspace, above it or below it: two would mix.
            HostError: The disk said no.
        """
        with self.exclusive():
            for replay_id in self.ids():
                other = self._in_the_way(replay_id, replay)
                if other and self.is_held(replay_id):
                    raise RefusedError(
                        f"{other.playbook} is being replayed in {other.workspace} already ({replay_id}); "
                        f"wait for its end, or stop it"
                    )
            begun = Begun(replay=replay, steps=steps, pid=os.getpid())
            journal = OpenJournal(self._path(replay.replay_id), begun, clock)
            sync_folder(self._folder)
            return journal

    def ids(self) -> tuple[str, ...]:
        """Replays that have a journal, oldest first."""
        try:
            names = os.listdir(self._folder)  # noqa: PTH208 - a path for each replay there ever was is slow
        except FileNotFoundError:
            return ()
        return tuple(sorted(name.removesuffix(SUFFIX) for name in names if name.endswith(SUFFIX)))

    def is_held(self, replay_id: str) -> bool:
        """Whether the replay goes on."""
        return is_held(self._path(replay_id))

    def read(self, replay_id: str) -> Journal | None:
        """What a replay has said; None when there is nothing to read."""
        try:
            return read(self._path(replay_id).read_bytes().split(b"\n")[:-1])
        except OSError:
            return None

    def remove(self, replay_id: str) -> None:
        """Forget one; nothing happens when there is none."""
        self._path(replay_id).unlink(missing_ok=True)

    def exclusive(self) -> AbstractContextManager[None]:
        """Keep others from beginning a replay, or from taking in one that died."""
        if self._lock is None:
            self._folder.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)
            self._lock = ProcessLock(self._folder / LOCK)
        return self._lock.held()

    def _in_the_way(self, replay_id: str, replay: Replay) -> Replay | None:
        """A replay that would mix with another one, if it goes on; a shadow mixes with nothing."""
        found = self.read(replay_id)
        if found is None or found.begun.replay.shadow or replay.shadow:
            return None
        other = found.begun.replay
        if not _overlap(other.workspace, replay.workspace):
            return None
        # A step that replays another playbook waits for it.
        inner = other.playbook != replay.playbook and _runs_in(found.begun.pid)
        return None if inner else other

    def _path(self, replay_id: str) -> Path:
        return self._folder / f"{Path(replay_id).name}{SUFFIX}"


def _overlap(one: str, other: str) -> bool:
    """Whether one folder is the other, or in it, wherever links lead."""
    first, second = (f"{_led_to(path).rstrip('/')}/" for path in (one, other))
    return first.startswith(second) or second.startswith(first)


def _led_to(folder: str) -> str:
    """Where links lead; HOST:FOLDER of another machine is taken as it is."""
    return os.path.realpath(folder) if folder.startswith("/") else folder


def _runs_in(pid: int) -> bool:
    """Whether a process began this one, or one that did."""
    found = parent(os.getpid())
    while found is not None and found[0] > 1:
        if found[0] == pid:
            return True
        found = parent(found[0])
    return False


class OpenJournal:
    """The journal of a replay of this process.

    Args:
        path: Where; it must not be there yet.
        begun: Its first line.
        clock: UTC now.
    """

    def __init__(self, path: Path, begun: Begun, clock: Callable[[], datetime]) -> None:
        self._path = path
        self._clock = clock
        self._encoder = msgspec.json.Encoder()
        self._replay = begun.replay
        self._bindings: dict[str, str] | None = begun.replay.bindings
        self._standing: Standing | None = begun.replay.standing
        self._descriptor = os.open(
            path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | os.O_CLOEXEC, PRIVATE_FILE
        )
        # Only readers that look and let go can hold it.
        fcntl.flock(self._descriptor, fcntl.LOCK_EX)
        self._append(begun)
        _flush(self._descriptor)

    def claim(self, step_index: int, run: str, digest: str) -> None:
        """Say that a step is about to run; when it returns, that is on the disk.

        Raises:
            HostError: The disk said no: the step must not run.
        """
        claim = Claim(
            step_index=step_index,
            run=run,
            digest=digest,
            replay_id=self._replay.replay_id,
            workspace=self._replay.workspace,
            at=stamp(self._clock()),
        )
        try:
            self._append(Claimed(claim=claim))
            _flush(self._descriptor)
        except OSError as error:
            raise HostError(
                f"step {step_index} was not run: {self._path} can't be written ({error.strerror}); free some space, "
                f"then go on with --from {step_index}"
            ) from error

    def ended(
        self, outcome: StepOutcome, *, failure: Failure | None, bindings: dict[str, str], standing: Standing
    ) -> None:
        """Say what a step came to.

        It outlives this process at once, and the machine with the next claim: what a power cut takes of it leaves
        its step unknown, and lets nothing run twice.
        """
        line = Ended(
            outcome=outcome,
            failure=failure,
            bindings=None if bindings == self._bindings else bindings,
            standing=None if standing == self._standing else standing,
        )
        self._bindings, self._standing = bindings, standing
        self._append(line)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        os.close(self._descriptor)

    def _append(self, line: Line) -> None:
        write_all(self._descriptor, self._encoder.encode(line) + b"\n")


def is_held(path: Path) -> bool:
    """Whether a process holds a file's lock; nobody holds one that is not there.

    Args:
        path: Of the file.
    """
    try:
        with path.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False
