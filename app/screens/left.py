"""A replay that goes on while its screen is left: listed as a job, told of when it waits or has ended."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.workers.jobs import ErrandTold, JobState
from replay.outcome import ReplayStatus

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.message import Message

    from app.book import Book
    from app.screens.stepping import SteppingScreen

GOOD = frozenset({ReplayStatus.SUCCESS, ReplayStatus.READY})


class LeftReplay:
    """As a `Job`."""

    def __init__(self, screen: SteppingScreen) -> None:
        """Look at a replay from outside.

        Args:
            screen: Shows it, and goes on doing so unseen.
        """
        self._screen = screen
        self.told: tuple[Message, ...] = ()
        """Nothing: its screen has it."""
        self.last_told = self.state
        """The state that the person has heard of."""

    def is_of(self, screen: SteppingScreen) -> bool:
        """Whether it is that screen's."""
        return self._screen is screen

    @property
    def title(self) -> str:
        """Which version."""
        return f"replaying {self._screen.version}"

    @property
    def said(self) -> str:
        """How far it is, or how it ended."""
        course, ended = self._screen.course, self._screen.ended
        if ended is not None:
            return f"{ended.status.replace('_', ' ')}{f' at step {ended.stopped_at}' if ended.stopped_at else ''}"
        return f"step {course.here} of {course.count}" if course else ""

    @property
    def state(self) -> JobState:
        """Where it stands."""
        ended = self._screen.ended
        if ended is None:
            return JobState.WAITING if self._screen.waits else JobState.GOING_ON
        if ended.status is ReplayStatus.CANCELLED:
            return JobState.STOPPED
        return JobState.DONE if ended.status in GOOD else JobState.FAILED

    @property
    def seconds(self) -> float:
        """For how long its steps have run."""
        course = self._screen.course
        return sum(course.durations.values()) / 1_000 if course else 0.0

    @property
    def opens(self) -> Callable[[Book], object] | None:
        """Goes back to its screen, as long as that is there."""
        return (lambda book: book.come_back(self._screen, self)) if self._screen.is_running else None

    def stop(self) -> None:
        """End it, and the step that runs."""
        self._screen.stepper.stop()


def tell_left(screen: SteppingScreen) -> None:
    """Let the first line of whatever is shown say how a replay stands that was left; once, that it waits or has ended.

    Args:
        screen: Of the replay; nothing is told while it is shown.
    """
    job = next((one for one in screen.book.jobs.all if isinstance(one, LeftReplay) and one.is_of(screen)), None)
    if job is None:
        return
    screen.app.post_message(ErrandTold())
    if job.state is not job.last_told and job.state is not JobState.GOING_ON:
        good = job.state is JobState.DONE
        sign = {JobState.WAITING: "●", JobState.DONE: "✓"}.get(job.state, "✗")
        words = f"{job.title} {job.state}: {job.said}; J goes there"
        screen.say(f"{sign} {words}", severity="information" if good else "warning")
    job.last_told = job.state
