"""Carries what a replay tells from its thread to a screen; output comes in frames, every other fact by itself."""

import threading
from collections.abc import Callable

from textual.message import Message

from app.workers.replay_facts import ReplayTold
from replay.outcome import Replay
from replay.progress import ReplayEvent, StepBegan, StepPrinted

KEPT_BYTES = 64 * 1024
"""Of a running step's output; the whole of it is on the tape."""


class MorePrinted(Message):
    """The running step printed more; `ReplayFeed.printed` has it."""

    def can_replace(self, message: Message) -> bool:
        """One is enough, however much came."""
        return isinstance(message, MorePrinted)


class ReplayReturned(Message):
    """The replay is over."""

    def __init__(self, replay: Replay) -> None:
        """Carry how it ended."""
        super().__init__()
        self.replay = replay


class ReplayFeed:
    """A replay's watcher."""

    def __init__(self, tell: Callable[[Message], object]) -> None:
        """Nothing was told yet.

        Args:
            tell: Takes messages from any thread.
        """
        self._tell = tell
        self._lock = threading.Lock()
        self._printed = bytearray()

    @property
    def printed(self) -> bytes:
        """The end of what the running step printed."""
        with self._lock:
            return bytes(self._printed)

    def __call__(self, event: ReplayEvent) -> None:
        """Take a fact from the engine's thread."""
        if isinstance(event, StepPrinted):
            with self._lock:
                self._printed += event.data
                del self._printed[:-KEPT_BYTES]
            self._tell(MorePrinted())
            return
        if isinstance(event, StepBegan):
            with self._lock:
                self._printed.clear()
        self._tell(ReplayTold(event))
