"""Work that goes on while its screen is left, as every screen hears of it: what there is, how far, what it came to."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple, Protocol

from textual.message import Message

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.keymap import Keys

KEPT = 20
"""Jobs that have ended and are still listed."""


class JobState(StrEnum):
    """Where a job stands."""

    GOING_ON = "going on"
    WAITING = "waits for you"
    """It goes on when a person has decided something."""
    DONE = "done"
    FAILED = "not done"
    STOPPED = "stopped"


OPEN = frozenset({JobState.GOING_ON, JobState.WAITING})
"""A job in these can be stopped."""


class Ending(NamedTuple):
    """What a job came to."""

    good: bool
    said: str
    """One line, with its sign."""
    opens: Callable[..., object] | None = None
    """Shows what came of it; is called with the app, a `Book`."""


class Job(Protocol):
    """One of them."""

    @property
    def title(self) -> str:
        """What it is, as a person would call it."""
        ...

    @property
    def said(self) -> str:
        """How far it is, or what it came to."""
        ...

    @property
    def state(self) -> JobState:
        """Where it stands."""
        ...

    @property
    def seconds(self) -> float:
        """For how long it has gone on, or went on."""
        ...

    @property
    def opens(self) -> Callable[..., object] | None:
        """Shows it, or what came of it, called with the app; None where there is nothing to see."""
        ...

    @property
    def told(self) -> tuple[Message, ...]:
        """What it has found on its way, oldest first."""
        ...

    def stop(self) -> None:
        """End it."""
        ...


class ErrandTold(Message):
    """A job came one step further."""

    def can_replace(self, message: Message) -> bool:
        """The last one is enough."""
        return isinstance(message, ErrandTold)


class ErrandEnded(Message):
    """An errand is over."""

    def __init__(self, job: Job, fact: Message | None, refusal: str | None, *, to: object) -> None:
        """Carry what it came to.

        Args:
            job: Which one.
            fact: What a screen is told; None when it was refused or stopped.
            refusal: Why there is no fact.
            to: The screen that hears of it by itself, if there is one.
        """
        super().__init__()
        self.job, self.fact, self.refusal, self.to = job, fact, refusal, to


class Jobs:
    """All of them, the newest last."""

    def __init__(self) -> None:
        """There is none."""
        self._jobs: list[Job] = []

    @property
    def all(self) -> tuple[Job, ...]:
        """What goes on first, the newest of each kind on top."""
        newest = self._jobs[::-1]
        return (*(job for job in newest if job.state in OPEN), *(job for job in newest if job.state not in OPEN))

    @property
    def going_on(self) -> tuple[Job, ...]:
        """What has not ended; what waits for a person first, then the oldest."""
        still = [job for job in self._jobs if job.state in OPEN]
        return tuple(sorted(still, key=lambda job: job.state is not JobState.WAITING))

    def words(self, keys: Keys) -> tuple[str, ...]:
        """What goes on, most important first; none when nothing does.

        Args:
            keys: As a person has them.
        """
        still = self.going_on
        if not still:
            return ()
        first, more = still[0], f"and {len(still) - 1} more" if len(still) > 1 else ""
        waits = first.state is JobState.WAITING
        jobs, stop = keys.first("jobs"), keys.first("stop-errand")
        sign, way = ("● ", f"{jobs} goes there") if waits else ("… ", f"{stop} stops it")
        title = f"{first.title} {first.state}" if waits else first.title
        said = (f"{sign}{title}", more, f"{jobs} lists them" if more else way, first.said)
        return tuple(filter(None, said))

    @property
    def question(self) -> str | None:
        """What quitting would end, as a question; None when it would end nothing."""
        still = self.going_on
        if not still:
            return None
        more = f", and {len(still) - 1} more" if len(still) > 1 else ""
        return f"{still[0].title}{more} goes on. Stop it and quit?"

    def find(self, title: str) -> Job | None:
        """The one of that title that goes on."""
        return next((job for job in self.going_on if job.title == title), None)

    def add(self, job: Job) -> None:
        """One more; of those that have ended, the oldest are forgotten."""
        self._jobs = [one for one in self._jobs if one is not job] + [job]
        ended = [one for one in self._jobs if one.state not in OPEN]
        for old in ended[: max(len(ended) - KEPT, 0)]:
            self._jobs.remove(old)

    def remove(self, job: Job) -> None:
        """It is shown elsewhere now."""
        self._jobs = [one for one in self._jobs if one is not job]

    def stop(self) -> None:
        """End all that goes on."""
        for job in self.going_on:
            job.stop()
