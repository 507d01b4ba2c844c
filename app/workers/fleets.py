"""Takes a fleet to its end in a thread: what it tells becomes messages, what `ssh` asks waits for a person."""

import threading
from collections.abc import Callable
from contextlib import suppress

import msgspec
from textual.message import Message

from app.workers.tasks import Refused
from capture.errors import ReplaybookError
from replay.fleet.model import Ask, Fleet, FleetBegan, FleetEnded, FleetEvent, FleetRequest, Fleets, HostMoved, Question
from replay.fleet.model import Watcher as FleetWatcher
from replay.outcome import Replay

Begin = Callable[[FleetWatcher, Ask], Fleet]
"""Starts or resumes a fleet, and comes back at its end."""


class FleetTold(Message):
    """A fleet stands otherwise."""

    def __init__(self, fleet: Fleet) -> None:
        """Carry all of it."""
        super().__init__()
        self.fleet = fleet

    def can_replace(self, message: Message) -> bool:
        """The last one is enough."""
        return isinstance(message, FleetTold)


class FleetReturned(Message):
    """A fleet is at its end."""

    def __init__(self, fleet: Fleet) -> None:
        """Carry it."""
        super().__init__()
        self.fleet = fleet


class FleetRefused(Refused):
    """A fleet was not begun."""


class FleetRead(Message):
    """A fleet was read as it stands."""

    def __init__(self, fleet: Fleet) -> None:
        """Carry it."""
        super().__init__()
        self.fleet = fleet


class FleetsListed(Message):
    """All fleets were read."""

    def __init__(self, fleets: tuple[Fleet, ...]) -> None:
        """Carry them, newest first."""
        super().__init__()
        self.fleets = fleets


class FleetWanted(Message):
    """It is known which hosts a person means."""

    def __init__(self, request: FleetRequest) -> None:
        """Carry what the fleet is asked to do."""
        super().__init__()
        self.request = request


class FleetAsked(Message):
    """`ssh` asks something before there is a shell; the fleet's thread waits for the answer."""

    def __init__(self, question: Question, answer: Callable[[str | None], None]) -> None:
        """Carry the question, and who takes the answer; None: there is none."""
        super().__init__()
        self.question, self.answer = question, answer


class HostReplayRead(Message):
    """The replay of a host was looked for."""

    def __init__(self, replay_id: str, replay: Replay | None) -> None:
        """Carry it; None: it is gone."""
        super().__init__()
        self.replay_id, self.replay = replay_id, replay


class UnknownRead(Message):
    """The replay that left a step unknown on a host was looked for."""

    def __init__(self, replay: Replay | None) -> None:
        """Carry it; None: it was settled."""
        super().__init__()
        self.replay = replay


class FleetWork:
    """One fleet that this process works at."""

    def __init__(self, core: Fleets, tell: Callable[[Message], object]) -> None:
        """Nothing has begun.

        Args:
            core: Does it.
            tell: Takes messages from any thread.
        """
        self.fleet: Fleet | None = None
        """As it stood last; None before it began."""
        self.over = False
        """Whether it is at its end, or was refused."""
        self._core, self._tell = core, tell
        self._stopped = threading.Event()
        self._answered = threading.Event()
        self._answer: str | None = None

    @property
    def stopped(self) -> bool:
        """Whether it is to come to its end early."""
        return self._stopped.is_set()

    def run(self, begin: Begin) -> Message:
        """Do it, in a thread of its own.

        Args:
            begin: What.

        Returns:
            `FleetReturned`, or `FleetRefused`.
        """
        try:
            self.fleet = begin(self.watch, self.ask)
        except ReplaybookError as error:
            return FleetRefused(str(error))
        finally:
            self.over = True
        return FleetReturned(self.fleet)

    def watch(self, event: FleetEvent) -> None:
        """Take a fact from the fleet's threads."""
        before, self.fleet = self.fleet, folded(self.fleet, event)
        if before is None and self.fleet is not None and self._stopped.is_set():
            self._stop(self.fleet)
        if self.fleet is not None and self.fleet is not before:
            self._tell(FleetTold(self.fleet))

    def ask(self, question: Question) -> str | None:
        """Wait for what a person answers; called by the fleet, one question at a time."""
        self._answered.clear()
        if self._stopped.is_set():
            return None
        self._tell(FleetAsked(question, self._take))
        self._answered.wait()
        return self._answer

    def stop(self) -> None:
        """Begin no other host and no other step; what is asked has no answer."""
        self._stopped.set()
        self._take(None)
        if self.fleet is not None and not self.over:
            self._stop(self.fleet)

    def _take(self, answer: str | None) -> None:
        self._answer = answer
        self._answered.set()

    def _stop(self, fleet: Fleet) -> None:
        # It may have come to its end by itself.
        with suppress(ReplaybookError):
            self._core.stop_fleet(fleet.fleet_id)


def folded(fleet: Fleet | None, event: FleetEvent) -> Fleet | None:
    """A fleet behind a fact.

    Args:
        fleet: As it stood; None before the first fact.
        event: What was told.
    """
    match event:
        case FleetBegan(fleet=told) | FleetEnded(fleet=told):
            return told
        case HostMoved(host=moved) if fleet is not None:
            hosts = tuple(moved if one.name == moved.name else one for one in fleet.hosts)
            return msgspec.structs.replace(fleet, hosts=hosts)
        case _:
            return fleet
