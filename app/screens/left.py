"""A replay or a fleet that goes on while its screen is left: a job, told of when it waits or has ended."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.screens.hosts import tally
from app.workers.jobs import ErrandTold, JobState
from replay.outcome import Mode, ReplayStatus

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.message import Message

    from app.book import Book, Plan
    from app.screens.fleeting import FleetingScreen
    from app.screens.stepping import SteppingScreen
    from app.workers.jobs import Jobs

GOOD = frozenset({ReplayStatus.SUCCESS, ReplayStatus.READY})


class LeftReplay:
    """As a `Job`."""

    def __init__(self, screen: SteppingScreen) -> None:
        """Look at a replay from outside.

        Args:
            screen: Shows it, and goes on doing so unseen.
        """
        self.screen = screen
        """It."""
        self.told: tuple[Message, ...] = ()
        """Nothing: its screen has it."""
        self.last_told = self.state
        """The state that the person has heard of."""

    @property
    def here(self) -> str:
        """That it is there, and how far it is."""
        waits = self.state is JobState.WAITING
        return f"{self.title} {'waits for you' if waits else 'goes on'} in this workspace, {self.said}"

    def keeps_out(self, plan: Plan) -> bool:
        """Whether two at once would do the same work twice."""
        here = (self.screen.plan, plan)
        acts = all(not one.shadow and one.mode is not Mode.SIMULATE for one in here)
        names = {one.ref.partition("@")[0] for one in here}
        return acts and len(names) == 1 and here[0].cwd == plan.cwd

    @property
    def title(self) -> str:
        """Which version."""
        return f"replaying {self.screen.version}"

    @property
    def said(self) -> str:
        """How far it is, or how it ended."""
        course, ended = self.screen.course, self.screen.ended
        if ended is not None:
            return f"{ended.status.replace('_', ' ')}{f' at step {ended.stopped_at}' if ended.stopped_at else ''}"
        return f"step {course.here} of {course.count}" if course else ""

    @property
    def state(self) -> JobState:
        """Where it stands."""
        ended = self.screen.ended
        if ended is None:
            return JobState.WAITING if self.screen.waits else JobState.GOING_ON
        if ended.status is ReplayStatus.CANCELLED:
            return JobState.STOPPED
        return JobState.DONE if ended.status in GOOD else JobState.FAILED

    @property
    def seconds(self) -> float:
        """For how long its steps have run."""
        course = self.screen.course
        return sum(course.durations.values()) / 1_000 if course else 0.0

    @property
    def opens(self) -> Callable[[Book], object] | None:
        """Goes back to its screen, as long as that is there."""
        return (lambda book: book.come_back(self.screen, self)) if self.screen.is_running else None

    def stop(self) -> None:
        """End it, and the step that runs."""
        self.screen.stepper.stop()


class LeftFleet:
    """As a `Job`."""

    def __init__(self, screen: FleetingScreen) -> None:
        """Look at a fleet from outside.

        Args:
            screen: Takes it to its end, and goes on doing so unseen.
        """
        self.screen = screen
        """It."""
        self.told: tuple[Message, ...] = ()
        """Nothing: its screen has it."""
        self.last_told = self.state
        """The state that the person has heard of."""

    @property
    def title(self) -> str:
        """Which version."""
        return f"fleet {self.screen.title_words}"

    @property
    def said(self) -> str:
        """How many hosts stand how."""
        return tally(self.screen.fleet) if self.screen.fleet else ""

    @property
    def state(self) -> JobState:
        """Where it stands."""
        fleet = self.screen.fleet
        if self.screen.works or fleet is None:
            return JobState.WAITING if self.screen.waits else JobState.GOING_ON
        if fleet.stopped:
            return JobState.STOPPED
        return JobState.DONE if fleet.passed else JobState.FAILED

    @property
    def seconds(self) -> float:
        """For how long it has gone on, or went on."""
        return self.screen.seconds

    @property
    def opens(self) -> Callable[[Book], object] | None:
        """Goes back to its screen, as long as that is there."""
        return (lambda book: book.come_back(self.screen, self)) if self.screen.is_running else None

    def stop(self) -> None:
        """Begin no other host and no other step."""
        self.screen.action_stop_fleet()


def left_there(jobs: Jobs, plan: Plan) -> LeftReplay | None:
    """The replay that was left and that another one would be refused for: of the same playbook, in the same workspace.

    Args:
        jobs: What goes on.
        plan: What is to be replayed.
    """
    left = (job for job in jobs.going_on if isinstance(job, LeftReplay))
    return next((job for job in left if job.keeps_out(plan)), None)


def tell_left(screen: SteppingScreen | FleetingScreen) -> None:
    """Let the first line of whatever is shown say how a replay stands that was left; once, that it waits or has ended.

    Args:
        screen: Of the replay or fleet; nothing is told while it is shown.
    """
    left = (one for one in screen.book.jobs.all if isinstance(one, LeftReplay | LeftFleet))
    job = next((one for one in left if one.screen is screen), None)
    if job is None:
        return
    screen.app.post_message(ErrandTold())
    if job.state is not job.last_told and job.state is not JobState.GOING_ON:
        good = job.state is JobState.DONE
        sign = {JobState.WAITING: "●", JobState.DONE: "✓"}.get(job.state, "✗")
        words = f"{job.title} {job.state}: {job.said}; {screen.book.keys.first('jobs')} goes there"
        screen.say(f"{sign} {words}", severity="information" if good else "warning")
    job.last_told = job.state
