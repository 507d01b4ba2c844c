"""Tells which files of the workspace a step changed, while threads run steps beside each other."""

import os
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from capture.commits import Commits
from capture.files.effects import Hints, Workspace
from capture.files.ignore import load_ignore
from capture.files.inotify import KernelEvents
from capture.home import Home
from capture.hosting.starting import keeper
from capture.secrets.redaction import Redactor
from capture.tape.contents import Keeping
from capture.trace import FileEffect, SeenFile


class Seen(NamedTuple):
    """What a look found."""

    effects: tuple[FileEffect, ...]
    """Paths changed, sorted."""
    committed: tuple[str, ...] | None
    """As in `Step`."""


class Watched:
    """The workspace of a recording.

    Args:
        home: Keeps contents that steps wrote.
        root: The directory, absolute.
        redactor: What it would mask is not kept.
        warn: Told once that contents are not kept any more.
    """

    def __init__(self, home: Home, root: str, redactor: Redactor, warn: Callable[[str], None]) -> None:
        self._lock = threading.RLock()
        self._keeping = Keeping(home)
        self._open = 0
        self._commits = Commits()
        self._own: dict[str, str | None] = {}
        self._kernel: KernelEvents | None = None
        self._owner = os.getpid()
        with suppress(OSError):
            self._kernel = KernelEvents(root)
        self._files = Workspace(
            Path(root),
            load_ignore(home),
            keep=keeper(self._keeping.store, redactor, warn),
            enter=self._watch,
        )

    def baseline(self) -> tuple[tuple[SeenFile, ...], bool]:
        """Look for the first time, as `Workspace.baseline`."""
        with self._alone():
            return self._files.baseline()

    def know(self, effects: Iterable[FileEffect]) -> None:
        """These are told already: no look is to tell them once more."""
        with self._alone():
            for effect in effects:
                self._own[effect.path] = effect.after
                if effect.moved_from is not None:
                    self._own[effect.moved_from] = None

    def enter(self, place: str, between: Callable[[tuple[FileEffect, ...], datetime], None]) -> None:
        """A step begins that is watched.

        Args:
            place: Its working directory.
            between: Told what has changed while none ran, and when that was found, UTC.
        """
        with self._alone():
            if self._open == 0:
                with self._changes() as found:
                    if found:
                        between(found, datetime.now(UTC))
            self._open += 1
            self._commits.enter(place)

    def forget(self) -> None:
        """The step that was to begin has not."""
        with self._alone():
            self._open -= 1

    def close(self) -> None:
        """Look no more."""
        with self._alone():
            self._let_go()

    @contextmanager
    def left(self, place: str) -> Iterator[Seen]:
        """A step that is watched has ended; yields what it changed, whose contents are safe until the block ends.

        Args:
            place: As for `enter`.
        """
        with self._alone():
            self._open -= 1
            with self._changes() as found:
                yield Seen(found, self._commits.since(place))

    def _alone(self) -> threading.RLock:
        if os.getpid() != self._owner:
            # In a forked child: a thread that isn't there may have held it, and the kernel tells each thing only once.
            self._lock, self._owner, self._open = threading.RLock(), os.getpid(), 0
            self._let_go()
        return self._lock

    def _let_go(self) -> None:
        if self._kernel is not None:
            self._kernel.close()
            self._kernel = None

    def _watch(self, directory: str, device: int) -> None:
        if self._kernel is not None:
            self._kernel.enter(directory, device)

    def _hints(self) -> Hints:
        """Where to look in a huge workspace."""
        return Hints(overflow=True) if self._kernel is None else self._kernel.drain()

    @contextmanager
    def _changes(self) -> Iterator[tuple[FileEffect, ...]]:
        try:
            own, self._own = self._own, {}
            found = self._files.changes(self._hints())
            self._files.settle()
            yield tuple(one for one in found if own.get(one.path, "") != one.after) if own else found
        finally:
            self._keeping.release()
