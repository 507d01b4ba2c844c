"""Lets a person at a screen drive a replay that runs in another thread, as a debugger would."""

import threading
from collections.abc import Callable, Iterable

from textual.message import Message

from app.workers.replay_facts import ConfirmWanted, HandedOver, ReviewWanted, SendWanted, Stood
from capture.trace import Step
from replay.outcome import Failure
from replay.protocols import Answer, ByHand
from replay.repairs.proposal import Repair
from replay.sources.asked import Asking
from replay.stand import Stand
from replay.stepping.breakpoints import Breakpoint
from replay.stepping.debugger import Ahead, Debugger
from replay.stepping.orders import Go, Order


class Stepper:
    """A replay's director: the engine's thread blocks in it until a key decides.

    Its methods for the screen (`order`, `pause`, `stop`, `answer`, `toggle`, …) return at once.
    """

    def __init__(
        self,
        tell: Callable[[Message], object],
        *,
        breakpoints: Iterable[Breakpoint] = (),
        ahead: Ahead = lambda _: None,
    ) -> None:
        """Stand before the first step.

        Args:
            tell: Takes messages from any thread.
            breakpoints: What to halt at.
            ahead: Answers for the person for a while.
        """
        self._tell = tell
        self._changed = threading.Condition()
        self._debugger = Debugger(self._ask, breakpoints=breakpoints, ahead=ahead)
        self._order: Order | None = None
        self._answered = False
        self._approved: str | None = None
        self._confirmed: bool | None = None
        self._given_back = False
        self._done: Step | None = None

    @property
    def steps_back(self) -> bool:
        """A person may want to."""
        return True

    @property
    def breakpoints(self) -> tuple[Breakpoint, ...]:
        """What it halts at."""
        return self._debugger.orders.breakpoints

    @property
    def restarts(self) -> bool:
        """Whether the replay shall begin again when it has ended."""
        return self._debugger.orders.restart

    @property
    def ended(self) -> bool:
        """Whether the person stopped it."""
        return self._debugger.stopped

    @property
    def _stopped(self) -> bool:
        return self._debugger.stopped

    def running(self, interrupt: Callable[[], None]) -> None:
        """The engine says what ends the step that runs."""
        self._debugger.running(interrupt)

    def next(self, stand: Stand) -> Answer:
        """The engine asks what to do where it stands; blocks while the person looks."""
        return self._debugger.next(stand)

    def _ask(self, stand: Stand, hit: str) -> Order:
        with self._changed:
            self._order = None
            self._tell(Stood(stand, hit))
            self._changed.wait_for(lambda: self._order is not None or self._stopped)
            return self._order or Go.STOP

    def review(self, failure: Failure, repairs: tuple[Repair, ...]) -> str | None:
        """The engine asks for a decision; blocks until the person made one, and goes on from there as it was told."""
        with self._changed:
            if self._stopped:
                return None
            self._answered, self._approved = False, None
            self._tell(ReviewWanted(failure, repairs))
            self._changed.wait_for(lambda: self._answered or self._stopped)
            return None if self._stopped else self._approved

    def confirm(self, step_index: int, command: str, why: str) -> bool:
        """The engine asks for a yes to this very step; blocks until the person said something."""
        with self._changed:
            if self._stopped:
                return False
            self._confirmed = None
            self._tell(ConfirmWanted(step_index, command, why))
            self._changed.wait_for(lambda: self._confirmed is not None or self._stopped)
            return bool(self._confirmed) and not self._stopped

    def send(self, asking: Asking) -> bool:
        """The engine asks whether something may go out; blocks until the person said something."""
        with self._changed:
            if self._stopped:
                return False
            self._confirmed = None
            self._tell(SendWanted(asking))
            self._changed.wait_for(lambda: self._confirmed is not None or self._stopped)
            return bool(self._confirmed) and not self._stopped

    def say(self, *, yes: bool) -> None:
        """Answer what `confirm` or `send` asks."""
        with self._changed:
            self._confirmed = yes
            self._changed.notify_all()

    def halt(self) -> None:
        """The replay ends now: nothing is waited for any more."""
        self.stop()

    def by_hand(self, work: ByHand) -> Step | None:
        """The engine hands a step over; blocks until the person has done it, or would not."""
        with self._changed:
            if self._stopped:
                return None
            self._given_back, self._done = False, None
            self._tell(HandedOver(work))
            self._changed.wait_for(lambda: self._given_back or self._stopped)
            return None if self._stopped else self._done

    def give_back(self, done: Step | None) -> None:
        """The person has done the step that was handed over, or would not."""
        with self._changed:
            self._given_back, self._done = True, done
            self._changed.notify_all()

    def order(self, order: Order) -> None:
        """Go on from where it stands; what `replay.stepping.orders.objection` objects to is asked for again."""
        with self._changed:
            self._order = order
            self._changed.notify_all()

    def pause(self) -> None:
        """Halt before the next step: one that runs can't be held without harm."""
        self._debugger.pause()

    def answer(self, approved: str | None) -> None:
        """Decide on the proposals.

        Args:
            approved: The id of the repair to go on with; None leaves the others waiting.
        """
        with self._changed:
            self._answered, self._approved = True, approved
            self._changed.notify_all()

    def stop(self) -> None:
        """End the replay, and the step that runs."""
        self._debugger.cancel()
        with self._changed:
            self._changed.notify_all()

    def toggle(self, breakpoint_: Breakpoint) -> bool:
        """Set or clear a breakpoint; returns whether it is set now."""
        return self._debugger.toggle(breakpoint_)
