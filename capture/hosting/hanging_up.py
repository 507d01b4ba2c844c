"""Closes a terminal as a window is closed; who does not go is killed."""

from collections.abc import Callable

from capture.deadlines import Deadline, soonest
from capture.protocols import Clock
from capture.terminal import PseudoTerminal
from capture.trace import RunStatus

HANG_UP_S = 1.0
"""How long a shell gets to end once its terminal is closed."""
AGAIN_S = 0.02
"""So long a line editor gets to notice; what is pressed before it reads a key is lost to it."""
_END_OF_FILE = b"\x04"


class HangingUp:
    """How one session's shell is told to go.

    Args:
        terminal: Where it runs.
        clock: Tells the time.
        busy: Whether a command runs, rather than the line editor.
    """

    def __init__(self, terminal: PseudoTerminal, clock: Clock, *, busy: Callable[[], bool]) -> None:
        self._terminal = terminal
        self._busy = busy
        self._kill = Deadline(clock)
        self._again = Deadline(clock)
        self.status: RunStatus | None = None
        """What the run becomes by it; None while nobody has hung up."""

    def begin(self, status: RunStatus) -> None:
        """Hang up; only the first counts.

        Args:
            status: What the run becomes by it.
        """
        if self.status is None:
            self.status = status
            self._kill.set(HANG_UP_S)
            self._terminal.hang_up()
            self._nudge()

    def next_check(self) -> float | None:
        """Seconds until something is due; None for never."""
        return soonest(self._kill.left_s, self._again.left_s)

    def check(self, *, gone: bool) -> None:
        """Do what is due.

        Args:
            gone: The shell has ended.
        """
        if self._kill.passed:
            self._kill.clear()
            self._terminal.kill_all()
        if self._again.passed:
            self._again.clear()
            if self._kill.is_set and not gone:
                self._nudge()

    def _nudge(self) -> None:
        """Have the line editor look up: it may miss a signal until the next key, and this one runs nothing."""
        if not self._busy():
            self._terminal.write(_END_OF_FILE)
            self._again.set(AGAIN_S)
