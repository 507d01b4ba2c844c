"""A fleet that a screen works at: begun in a thread, followed, stopped, and asked for what `ssh` wants to know."""

from abc import abstractmethod
from datetime import datetime

from textual import on

from app.screens.base import BookScreen
from app.screens.dialogs import AskText, Confirm
from app.workers.fleets import Begin, FleetAsked, FleetWork
from app.workers.tasks import in_thread
from replay.fleet.model import Fleet, FleetRequest


class FleetingScreen(BookScreen):
    """Takes a fleet to its end, whether it is shown or not."""

    def __init__(self, wanted: FleetRequest | str) -> None:
        """Nothing has begun.

        Args:
            wanted: What to do, or the id of a fleet.
        """
        super().__init__()
        self._wanted = wanted
        self._fleet: Fleet | None = None
        self._work: FleetWork | None = None
        self._asked: FleetAsked | None = None

    @abstractmethod
    def action_stop_fleet(self) -> None:
        """Begin no other host and no other step."""

    @property
    def fleet(self) -> Fleet | None:
        """As it stands; None before it was read, or has begun."""
        return self._fleet

    @property
    def works(self) -> bool:
        """Whether this screen takes it to its end."""
        return self._work is not None and not self._work.over

    @property
    def going(self) -> bool:
        """Whether anybody works at it."""
        return self.works or (self._fleet is not None and self._fleet.going)

    @property
    def stopping(self) -> bool:
        """Whether it was stopped from here, and steps that run are let end."""
        return self.works and self._work is not None and self._work.stopped

    @property
    def waits(self) -> bool:
        """Whether a host asks something."""
        return self._asked is not None

    @property
    def seconds(self) -> float:
        """For how long it has gone on, or went on."""
        fleet = self._fleet
        if fleet is None:
            return 0.0
        if fleet.duration_ms is not None:
            return fleet.duration_ms / 1_000
        return (self.book.now() - datetime.fromisoformat(fleet.started_at)).total_seconds()

    @property
    def title_words(self) -> str:
        """NAME@V, as far as it is known."""
        if self._fleet is not None:
            return f"{self._fleet.playbook}@{self._fleet.version}"
        return self._wanted.ref if isinstance(self._wanted, FleetRequest) else self._wanted

    @property
    def busy(self) -> str | None:
        """A fleet that has not come to its end."""
        return "A fleet is going on. Stop it and quit?" if self.works else None

    def on_unmount(self) -> None:
        """Leaving for good ends it; its thread comes back."""
        if self._work is not None:
            self._work.stop()

    def _begin(self, begin: Begin) -> None:
        work = self._work = FleetWork(self.core, self.post_message)
        in_thread(self, lambda: work.run(begin), group="fleet-work")
        self.refresh_bindings()

    @on(FleetAsked)
    def hear_question(self, event: FleetAsked) -> None:
        """Ask it as soon as this screen is shown."""
        self._asked = event
        self.when_shown(lambda: self._put(event))

    def _put(self, event: FleetAsked) -> None:
        """Put a question of `ssh`, while its host still waits for the answer."""
        if self._asked is not event:
            return
        title = f"{event.question.host} asks{' again: that was not right' if event.question.again else ''}"
        if event.question.secret:
            asked = AskText(title, event.question.text, secret=True)
            self.app.push_screen(asked, lambda typed: self._answer(event, typed))
        else:
            sure = Confirm(title, event.question.text, sudden=True)
            self.app.push_screen(sure, lambda yes: self._answer(event, "yes" if yes else "no"))

    def _answer(self, event: FleetAsked, typed: str | None) -> None:
        self._asked = None if self._asked is event else self._asked
        event.answer(typed)
