"""Approving is a keystroke and never an accident: when a key may count (pure)."""

from enum import StrEnum

DEAD_SECONDS = 0.3
"""How long approval keys are dead after a new item has appeared."""


class Refusal(StrEnum):
    """Why a key did not count."""

    NOTHING = "no proposal is open"
    TOO_EARLY = "that key came before you could have read it; look, then press it again"
    UNSEEN = "scroll down first: not all of the change has been on the screen"


class ApprovalGuard:
    """Watches one proposal at a time; times are seconds of one clock that the caller reads."""

    def __init__(self) -> None:
        """Nothing is open yet."""
        self._item: str | None = None
        self._appeared = self._seen = float("inf")

    def appeared(self, item: str, at: float) -> None:
        """A proposal was put on the screen; its keys are dead from now.

        Args:
            item: Its id; another one starts all over.
            at: When.
        """
        self._item, self._appeared, self._seen = item, at, float("inf")

    def seen(self, at: float) -> None:
        """All of its change has been on the screen."""
        self._seen = min(self._seen, at)

    def gone(self) -> None:
        """No proposal is open any more."""
        self._item = None

    def shown_ms(self, until: float) -> int | None:
        """For how long it has been on the screen, in milliseconds; None while nothing is open.

        Args:
            until: When the person pressed the key that decides.
        """
        return None if self._item is None else max(int((until - self._appeared) * 1000), 0)

    def refuses(self, pressed: float) -> Refusal | None:
        """Whether a key is to be ignored.

        Args:
            pressed: When the person pressed it, not when the program got to it.

        Returns:
            Why it doesn't count, or None when it does.
        """
        if self._item is None:
            return Refusal.NOTHING
        if self._seen == float("inf"):
            return Refusal.UNSEEN
        return Refusal.TOO_EARLY if pressed < max(self._appeared + DEAD_SECONDS, self._seen) else None
