"""Work that goes on while its screen is left: one at a time, told to the app, stopped by a key."""

import threading
from collections.abc import Callable

from textual.message import Message

from capture.errors import ReplaybookError
from replay.protocols import Headless, Move
from replay.stand import Stand


class ErrandTold(Message):
    """The errand came one step further."""

    def can_replace(self, message: Message) -> bool:
        """The last one is enough."""
        return isinstance(message, ErrandTold)


class ErrandEnded(Message):
    """The errand is over."""

    def __init__(self, errand: "Errand", fact: Message | None, refusal: str | None) -> None:
        """Carry what it came to.

        Args:
            errand: Which one.
            fact: What a screen is told; None when it was refused or stopped.
            refusal: Why there is no fact.
        """
        super().__init__()
        self.errand, self.fact, self.refusal = errand, fact, refusal


class Errand(Headless):
    """One such work; as a replay's director it can end the step that runs."""

    def __init__(self, title: str, work: "Callable[[Errand], Message]") -> None:
        """Nothing is done yet.

        Args:
            title: What it is, as a person would call it.
            work: Touches no widget; returns the fact that a screen is told.
        """
        self.title, self.said = title, ""
        """What it is, and how far."""
        self._work = work
        self._stopped = threading.Event()
        self._interrupt: Callable[[], None] | None = None

    @property
    def stopped(self) -> bool:
        """Whether a person stopped it."""
        return self._stopped.is_set()

    @property
    def ended(self) -> bool:
        """Whether a person stopped it."""
        return self.stopped

    def stop(self) -> None:
        """End it, and the step that runs."""
        self._stopped.set()
        if self._interrupt:
            self._interrupt()

    def running(self, interrupt: Callable[[], None]) -> None:
        """The engine says what ends the step that runs."""
        self._interrupt = interrupt

    def next(self, stand: Stand) -> Move:
        """On, until it is stopped."""
        del stand
        return Move.STOP if self.stopped else Move.RUN

    def run(self, tell: Callable[[Message], object]) -> None:
        """Do it, in a thread of its own.

        Args:
            tell: Takes messages from any thread.
        """
        self._tell = tell
        fact, refusal = None, None
        try:
            fact = self._work(self)
        except ReplaybookError as error:
            refusal = str(error)
        tell(ErrandEnded(self, fact, refusal))

    def report(self, said: str) -> None:
        """Say how far it is; called by the work."""
        self.said = said
        self._tell(ErrandTold())
