"""Lets a person at a screen drive a replay that runs in another thread, as a debugger would."""

import threading
from collections.abc import Callable

from textual.message import Message

from app.workers.facts import ConfirmWanted, HandedOver, ReviewWanted, Stood
from capture.trace import Step
from replay.outcome import Failure
from replay.protocols import ByHand, Move
from replay.repairs.proposal import Repair


class Stepper:
    """A replay's director: the engine's thread blocks in it until a key decides.

    Its methods for the screen (`step`, `go_on`, `run_to`, `skip`, `stop`, `answer`, `toggle`) return at once.
    """

    def __init__(self, tell: Callable[[Message], object], *, breakpoints: frozenset[int] = frozenset()) -> None:
        """Stand before the first step.

        Args:
            tell: Takes messages from any thread.
            breakpoints: Steps to halt before.
        """
        self._tell = tell
        self._changed = threading.Condition()
        self._breakpoints = set(breakpoints)
        self._halt_at: int | None = 0
        self._move: Move | None = None
        self._answered = False
        self._approved: str | None = None
        self._confirmed: bool | None = None
        self._given_back = False
        self._done: Step | None = None
        self._stopped = False
        self._interrupt: Callable[[], None] | None = None

    @property
    def breakpoints(self) -> frozenset[int]:
        """Steps to halt before."""
        return frozenset(self._breakpoints)

    def running(self, interrupt: Callable[[], None]) -> None:
        """The engine says what ends the step that runs."""
        self._interrupt = interrupt

    def next(self, step_index: int) -> Move:
        """The engine asks what to do with a step; blocks while the person looks."""
        with self._changed:
            if not self._stopped and self._halts(step_index):
                self._move = None
                self._tell(Stood(step_index))
                self._changed.wait_for(lambda: self._move is not None or self._stopped)
            move, self._move = self._move or Move.RUN, None
            return Move.STOP if self._stopped else move

    def review(self, failure: Failure, repairs: tuple[Repair, ...]) -> str | None:
        """The engine asks for a decision; blocks until the person made one."""
        with self._changed:
            if self._stopped:
                return None
            self._answered, self._approved, self._halt_at = False, None, 0
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

    def say(self, *, yes: bool) -> None:
        """Answer what `confirm` asks."""
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

    def step(self) -> None:
        """Run the step that it stands before, then halt."""
        self._order(Move.RUN, halt_at=0)

    def go_on(self) -> None:
        """Run to the next breakpoint, divergence or end."""
        self._order(Move.RUN, halt_at=None)

    def run_to(self, step_index: int) -> None:
        """Run until it stands before that step, or a breakpoint."""
        self._order(Move.RUN, halt_at=step_index)

    def skip(self) -> None:
        """Go past the step that it stands before, then halt."""
        self._order(Move.SKIP, halt_at=0)

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
        with self._changed:
            self._stopped = True
            self._changed.notify_all()
        if self._interrupt:
            self._interrupt()

    def toggle(self, step_index: int) -> bool:
        """Set or clear a breakpoint; returns whether it is set now."""
        with self._changed:
            self._breakpoints ^= {step_index}
            return step_index in self._breakpoints

    def _halts(self, step_index: int) -> bool:
        return step_index in self._breakpoints or (self._halt_at is not None and step_index >= self._halt_at)

    def _order(self, move: Move, *, halt_at: int | None) -> None:
        with self._changed:
            self._move, self._halt_at = move, halt_at
            self._changed.notify_all()
