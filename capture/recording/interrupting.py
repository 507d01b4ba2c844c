"""Presses ctrl-C once there is a program that takes it."""

from capture.deadlines import Deadline
from capture.protocols import Clock, Terminal

FORK_S = 1.0
"""A shell that has not started its program yet may lose ctrl-C: a step so young gets it when its program runs."""
LOOK_AGAIN_S = 0.02
"""Between the looks whether it runs."""


class Interrupt:
    """One ctrl-C, held back until the step is ripe for it.

    Args:
        terminal: Where it is pressed.
        clock: Tells the time.
    """

    def __init__(self, terminal: Terminal, clock: Clock) -> None:
        self._terminal = terminal
        self._clock = clock
        self._due = Deadline(clock)
        self._began_at = 0.0
        self._program_seen = False

    def step_began(self) -> None:
        """What is pressed from here on is for a new step."""
        self._began_at = self._clock.elapsed()
        self._program_seen = False

    def step_ended(self) -> None:
        """Nobody is left to take it."""
        self._due.clear()

    def press(self) -> None:
        """Press it as soon as it is taken."""
        self._due.set(0.0)

    def next_check(self) -> float | None:
        """Seconds until `check` wants to be called; None for never."""
        return self._due.left_s

    def check(self) -> None:
        """Press it if it is due: the step's program has been seen running, or the step is old enough."""
        if not self._due.passed:
            return
        seen, self._program_seen = self._program_seen, self._terminal.runs_program()
        if seen or self._clock.elapsed() >= self._began_at + FORK_S:
            self._due.clear()
            self._terminal.interrupt()
        else:
            self._due.set(LOOK_AGAIN_S)
