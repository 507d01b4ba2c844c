"""The debugger behind every screen: it lets a replay run on, and asks a person where it halts."""

import threading
from collections.abc import Callable, Iterable

import msgspec

from replay.protocols import Answer, Move
from replay.stand import Stand
from replay.stepping.breakpoints import Breakpoint
from replay.stepping.orders import Order, Orders, objection

Ahead = Callable[[Stand], Answer | None]
"""Answers for the person for a while; None: they are asked."""
Seat = Callable[[Stand, str], Order]
"""Asks the person, who sees where it stands and which breakpoint made it halt; may block."""


class Debugger:
    """Answers the engine for a person; its other methods may be called from any thread."""

    def __init__(self, seat: Seat, *, breakpoints: Iterable[Breakpoint] = (), ahead: Ahead = lambda _: None) -> None:
        """Stand before the first step.

        Args:
            seat: Where the person sits.
            breakpoints: What to halt at.
            ahead: Asked before the person is.
        """
        self._seat, self._ahead = seat, ahead
        # What ctrl-C does takes it too, and may come while its own thread has it.
        self._lock = threading.RLock()
        self._orders = Orders(tuple(breakpoints))
        self._stopped = False
        self._interrupt: Callable[[], None] | None = None

    @property
    def orders(self) -> Orders:
        """What it was told."""
        return self._orders

    @property
    def stopped(self) -> bool:
        """Whether the replay was cancelled."""
        return self._stopped

    def running(self, interrupt: Callable[[], None]) -> None:
        """The engine says what ends the step that runs."""
        self._interrupt = interrupt

    def next(self, stand: Stand) -> Answer:
        """The engine asks; the person is asked where it halts."""
        answer = None if self._stopped else self._ahead(stand)
        if answer is not None:
            return answer
        hit = self._orders.halts(stand)
        while not self._stopped:
            if hit is None:
                return Move.RUN
            order = self._seat(stand, hit)
            if objection(order, stand) is None:
                with self._lock:
                    self._orders, answer = self._orders.obey(order)
                return Move.STOP if self._stopped else answer
        return Move.STOP

    def toggle(self, breakpoint_: Breakpoint) -> bool:
        """Set or clear a breakpoint; returns whether it is set now."""
        with self._lock:
            self._orders = self._orders.toggled(breakpoint_)
            return breakpoint_ in self._orders.breakpoints

    def pause(self) -> None:
        """Halt before the next step, or behind the last: one that runs can't be held without harm."""
        with self._lock:
            self._orders = msgspec.structs.replace(self._orders, until=0)

    def interrupt(self) -> None:
        """End the step that runs, and halt where that leaves it, even where nothing can be taken back."""
        with self._lock:
            self._orders = msgspec.structs.replace(self._orders, until=0, interrupted=True)
        if self._interrupt:
            self._interrupt()

    def cancel(self) -> None:
        """End the replay, and the step that runs."""
        self._stopped = True
        if self._interrupt:
            self._interrupt()
