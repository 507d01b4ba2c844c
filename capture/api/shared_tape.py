"""A run on disk that threads and processes write together: one at a time, whole lines, nothing kept that is not there.

Who writes holds a lock on a file beside the trace, reads what others have appended since, and appends. Numbers of steps
come from the trace itself, so a writer that is killed leaves nothing behind but, at worst, a torn line that the next
one ends and every reader passes over.
"""

import fcntl
import os
import threading
import weakref
from pathlib import Path
from types import TracebackType
from typing import Self

from capture.api.standing import Standing
from capture.errors import RunOverError
from capture.events import Event
from capture.home import PRIVATE_FILE
from capture.tape.reader import decoded
from capture.tape.writer import TRACE, TapeWriter

GATE = "writers.lock"
"""Locked by whoever writes, in the run's folder."""
_PIECE = 1 << 20


class SharedTape:
    """The files of one run.

    Args:
        folder: The run's folder; made when missing.
    """

    def __init__(self, folder: Path) -> None:
        self._tape = TapeWriter(folder)
        self._folder = folder
        self._read = os.open(folder / TRACE, os.O_RDONLY | os.O_CLOEXEC)
        self._seen, self._rest = 0, b""
        self.standing = Standing()
        """As of the last turn."""
        self._closed = False
        self._sure = True
        """False where an error or ctrl-C came between a line and what is known of it."""
        self._open_gate()
        _TAPES.add(self)

    def turn(self) -> Self:
        """A block in which it is the only one who writes, and knows all that others wrote; safe within another one.

        Raises:
            RunOverError: On entering: it is closed.
            OSError: On entering: the disk says no.
        """
        return self

    def __enter__(self) -> Self:
        self._threads.acquire()
        try:
            self._begin_turn()
        except BaseException:
            self._threads.release()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._deep -= 1
        try:
            if self._deep == 0:
                fcntl.flock(self._gate, fcntl.LOCK_UN)
        finally:
            self._threads.release()

    def _begin_turn(self) -> None:
        if self._closed:
            raise self._over()
        if self._deep == 0:
            fcntl.flock(self._gate, fcntl.LOCK_EX)
            try:
                self._catch_up()
            except BaseException:
                fcntl.flock(self._gate, fcntl.LOCK_UN)
                raise
        self._deep += 1

    @property
    def offset(self) -> int:
        """Bytes of terminal output so far; within a turn."""
        return self._tape.offset

    def write(self, data: bytes, at_us: int) -> None:
        """Append terminal output; within a turn."""
        self._tape.write(data, at_us)

    def resize(self, columns: int, rows: int, at_us: int) -> None:
        """Note a new size; within a turn."""
        self._tape.resize(columns, rows, at_us)

    def event(self, event: Event) -> None:
        """Append one event; within a turn.

        Raises:
            RunOverError: The run has ended.
            OSError: The disk says no; nothing of it is there.
        """
        if self.standing.over:
            raise self._over()
        line = self._tape.encoded(event)
        self._sure = False
        self._tape.line(line)
        self.standing.take(event)
        self._seen += len(line)
        self._sure = True

    def sync(self) -> None:
        """From here on what was written outlives the machine."""
        with self._threads:
            if not self._closed:
                self._tape.sync()

    def close(self) -> None:
        """Write no more."""
        with self._threads:
            # Whoever comes later must not write into a file that has got the number of one of these.
            self._closed = True
            _TAPES.discard(self)
            self._tape.close()
            os.close(self._read)
            os.close(self._gate)

    def _over(self) -> RunOverError:
        return RunOverError(f"run {self._folder.name} has ended, or was left here; record a new one")

    def _catch_up(self) -> None:
        """Follow what others wrote; nobody writes now, so a line without an end is a killed one's."""
        if not self._sure:
            self._seen, self._rest, self.standing = 0, b"", Standing()
        size = os.fstat(self._read).st_size
        self._sure = False
        while self._seen < size:
            piece = os.pread(self._read, min(_PIECE, size - self._seen), self._seen)
            self._seen += len(piece)
            *lines, self._rest = (self._rest + piece).split(b"\n")
            for line in lines:
                for event in decoded(line):
                    self.standing.take(event)
        if self._rest:
            self._tape.line(b"\n")
            self._seen += 1
            self._rest = b""
        self._sure = True

    def _open_gate(self) -> None:
        self._gate = os.open(self._folder / GATE, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, PRIVATE_FILE)
        self._threads = threading.RLock()
        self._deep = 0

    def forked(self) -> None:
        """In a forked child: a lock that is inherited would be the parent's as well, or a thread's that isn't there."""
        os.close(self._gate)
        self._open_gate()
        self._sure = False


_TAPES: weakref.WeakSet[SharedTape] = weakref.WeakSet()


def _forked() -> None:
    for tape in list(_TAPES):
        tape.forked()


os.register_at_fork(after_in_child=_forked)
