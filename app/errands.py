"""Work that goes on while its screen is left: told to the app, listed as a job, stopped by a key."""

import threading
import time
from collections.abc import Callable

from textual.message import Message

from app.workers.jobs import Ending, ErrandEnded, ErrandTold, JobState
from capture.errors import ReplaybookError, StoppedError
from replay.protocols import Headless, Move
from replay.stand import Stand


class Errand(Headless):
    """One such work; as a replay's director it can end the step that runs."""

    def __init__(
        self,
        title: str,
        work: "Callable[[Errand], Message]",
        *,
        ending: Callable[[Message], Ending] = lambda _: Ending(good=True, said=""),
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Nothing is done yet.

        Args:
            title: What it is, as a person would call it.
            work: Touches no widget; returns the fact that a screen is told.
            ending: What is said of that fact, and where it is to be seen.
            clock: Seconds.
        """
        self.title, self.said = title, ""
        """What it is, and how far or what it came to."""
        self.told: tuple[Message, ...] = ()
        """What it has found on its way, oldest first."""
        self.to: object = None
        """The screen that hears of its end by itself, if there is one."""
        self._work, self._ending, self._clock = work, ending, clock
        self._began = clock()
        self._took: float | None = None
        self._came_to: Ending | None = None
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

    @property
    def state(self) -> JobState:
        """Where it stands."""
        if self._took is None:
            return JobState.GOING_ON
        if self._came_to is not None:
            return JobState.DONE
        return JobState.STOPPED if self.stopped else JobState.FAILED

    @property
    def seconds(self) -> float:
        """For how long it has gone on, or went on."""
        return self._clock() - self._began if self._took is None else self._took

    @property
    def opens(self) -> "Callable[..., object] | None":
        """Shows what came of it."""
        return self._came_to.opens if self._came_to else None

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
        if fact is not None:
            self._came_to = self._ending(fact)
        self.said = (self._came_to.said if self._came_to else refusal) or self.said
        self._took = self._clock() - self._began
        tell(ErrandEnded(self, fact, refusal, to=self.to))

    def report(self, said: str) -> None:
        """Say how far it is; called by the work."""
        self.said = said
        self._tell(ErrandTold())

    def go_on(self, said: str) -> None:
        """Say how far it is, where the work can be left as if it had never begun; called by the work.

        Raises:
            StoppedError: A person stopped it.
        """
        if self.stopped:
            raise StoppedError(f"{self.title} was stopped; nothing was kept")
        self.report(said)

    def found(self, fact: Message) -> None:
        """Keep what was found on the way, for those who come to look later; called by the work."""
        self.told = (*self.told, fact)
        self._tell(fact)
