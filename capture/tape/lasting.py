"""A tape that a full or failing disk stops, so that the person's shell need not stop with it."""

from collections.abc import Callable

import msgspec

from capture.events import Event, RunEnded
from capture.protocols import Tape
from capture.trace import RunStatus


class LastingTape:
    """Passes everything on to a tape until that fails, and drops what comes behind.

    Args:
        tape: What is written on.
        stopped: Told the error that stopped it, once.
    """

    def __init__(self, tape: Tape, stopped: Callable[[OSError], None]) -> None:
        self._tape = tape
        self._stopped = stopped
        self.failed = False
        """Whether it drops what comes."""

    @property
    def offset(self) -> int:
        """Bytes of terminal output so far."""
        return self._tape.offset

    def write(self, data: bytes, at_us: int) -> None:
        """Append terminal output."""
        if not self.failed:
            try:
                self._tape.write(data, at_us)
            except OSError as error:
                self._stop(error)

    def resize(self, columns: int, rows: int, at_us: int) -> None:
        """Note a new size."""
        if not self.failed:
            try:
                self._tape.resize(columns, rows, at_us)
            except OSError as error:
                self._stop(error)

    def event(self, event: Event) -> None:
        """Append one event; the end of the run is tried even on a stopped tape, which is never a success."""
        if self.failed and not isinstance(event, RunEnded):
            return
        if self.failed and isinstance(event, RunEnded):
            event = msgspec.structs.replace(event, status=RunStatus.PARTIAL)
        try:
            self._tape.event(event)
        except OSError as error:
            self._stop(error)

    def sync(self) -> None:
        """Force what was written onto the disk."""
        if not self.failed:
            try:
                self._tape.sync()
            except OSError as error:
                self._stop(error)

    def _stop(self, error: OSError) -> None:
        if not self.failed:
            self.failed = True
            self._stopped(error)
