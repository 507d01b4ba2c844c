"""A tape that a thread keeps bringing onto the disk: the steps of a replay don't wait for it, only its end does.

The machine may lose the newest step of a replay this way, never this process' death. That is enough where a claim is
synced before each step: one whose result was lost is a question for a person, not a step that is run again.
"""

from concurrent.futures import Future, ThreadPoolExecutor

from capture.events import Event, RunEnded
from capture.protocols import Tape


class FollowedTape:
    """Passes everything on, and syncs behind the back of who writes.

    Args:
        tape: What is written on.
    """

    def __init__(self, tape: Tape) -> None:
        self._tape = tape
        self._thread: ThreadPoolExecutor | None = None
        self._syncs: list[Future[None]] = []
        self._ended = False

    @property
    def offset(self) -> int:
        """Bytes of terminal output so far."""
        return self._tape.offset

    def write(self, data: bytes, at_us: int) -> None:
        """Append terminal output."""
        self._tape.write(data, at_us)

    def resize(self, columns: int, rows: int, at_us: int) -> None:
        """Note a new size."""
        self._tape.resize(columns, rows, at_us)

    def event(self, event: Event) -> None:
        """Append one event."""
        self._tape.event(event)
        self._ended = isinstance(event, RunEnded)

    def sync(self) -> None:
        """Have what was written brought onto the disk soon; behind the end of the run, now.

        Raises:
            OSError: The disk did not take it, now or the last time.
        """
        if self._ended:
            if self._thread is not None:
                self._thread.shutdown()
                self._thread = None
            self._raise_failures()
            self._tape.sync()
            return
        self._raise_failures()
        # One runs and one waits: that one will see all that was written until it begins.
        if len(self._syncs) < 2:  # noqa: PLR2004
            self._thread = self._thread or ThreadPoolExecutor(1, thread_name_prefix="sync")
            self._syncs.append(self._thread.submit(self._tape.sync))

    def _raise_failures(self) -> None:
        for done in [sync for sync in self._syncs if sync.done()]:
            self._syncs.remove(done)
            done.result()
