"""How long a session does without a front end, and how long it waits for one that takes nothing."""

from capture.deadlines import Deadline, soonest
from capture.hosting.attachment import Attachment
from capture.protocols import Clock

LONELY_S = 10.0
"""How long the first front end gets to attach."""
BACKLOG = 64 << 20
"""Bytes that a slow front end may lag behind until the terminal waits for it."""
STUCK_S = 10.0
"""How long one that lags so far behind may take nothing at all: its terminal is gone without a word."""


class Patience:
    """One session's patience with its front end.

    Args:
        front: The front end.
        clock: Tells the time.
        kept: The session goes on without one.
    """

    def __init__(self, front: Attachment, clock: Clock, *, kept: bool) -> None:
        self._front = front
        self._kept = kept
        self._lonely = Deadline(clock, None if kept else LONELY_S)
        self._stuck = Deadline(clock)
        self._lag = 0

    @property
    def lags(self) -> bool:
        """Whether the front end is so far behind that the terminal must wait."""
        return self._front.backlog >= BACKLOG

    def next_check(self) -> float | None:
        """Seconds until something is due; None for never."""
        return soonest(self._lonely.left_s, self._stuck.left_s)

    def lost(self) -> bool:
        """Whether nobody came in time; said once."""
        if self._front.attached:
            self._lonely.clear()
        elif self._lonely.passed:
            self._lonely.clear()
            return True
        return False

    def drop_stuck(self) -> None:
        """What a person has running must not wait for ever for a terminal that a dropped connection has left behind."""
        if not self._kept:
            return
        lag, before = self._front.backlog, self._lag
        self._lag = lag
        if not self.lags:
            self._stuck.clear()
        elif not self._stuck.is_set or lag != before:
            self._stuck.set(STUCK_S)
        elif self._stuck.passed:
            self._front.drop()
