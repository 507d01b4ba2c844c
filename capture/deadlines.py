"""Moments at which something is due, and the one that comes first."""

from capture.protocols import Clock


class Deadline:
    """A moment, or none.

    Args:
        clock: Tells the time.
        in_s: Seconds from now; None for none.
    """

    def __init__(self, clock: Clock, in_s: float | None = None) -> None:
        self._clock = clock
        self._at: float | None = None
        if in_s is not None:
            self.set(in_s)

    def set(self, in_s: float) -> None:
        """It is due in so many seconds from now."""
        self._at = self._clock.elapsed() + in_s

    def clear(self) -> None:
        """Nothing is due."""
        self._at = None

    @property
    def is_set(self) -> bool:
        """Whether something is or becomes due."""
        return self._at is not None

    @property
    def passed(self) -> bool:
        """Whether it is due now."""
        return self._at is not None and self._clock.elapsed() >= self._at

    @property
    def left_s(self) -> float | None:
        """Seconds until then, below 0 when it has passed; None when nothing is due."""
        return None if self._at is None else self._at - self._clock.elapsed()


def soonest(*left_s: float | None) -> float | None:
    """How long to wait for the first of some moments.

    Args:
        left_s: Seconds until each; None for never.

    Returns:
        Seconds, never below 0; None when none ever comes.
    """
    due = [left for left in left_s if left is not None]
    return max(0.0, min(due)) if due else None
