"""A director that another thread stops: whoever spread the work is gone, or wants no more of it."""

import threading
from collections.abc import Callable

from replay.protocols import Headless, Move
from replay.stand import Stand


class Haltable(Headless):
    """Goes on by itself until it is stopped."""

    def __init__(self) -> None:
        self._stopped = threading.Event()
        self._interrupt: Callable[[], None] | None = None

    @property
    def ended(self) -> bool:
        """Whether it was stopped."""
        return self._stopped.is_set()

    def stop(self) -> None:
        """End the step that runs, and begin no other; from any thread."""
        self._stopped.set()
        if self._interrupt is not None:
            self._interrupt()

    def running(self, interrupt: Callable[[], None]) -> None:
        """The engine says what ends the step that runs."""
        self._interrupt = interrupt

    def next(self, stand: Stand) -> Move:
        """On, until it is stopped."""
        del stand
        return Move.STOP if self.ended else Move.RUN
