"""Approving is a keystroke and never an accident: when a key may count (pure)."""

from enum import StrEnum

DEAD_SECONDS = 0.3
"""How long approval keys are dead after a new item has appeared."""
HELD_SECONDS = 0.7
"""The same key again within this time may be one that is held down: terminals don't tell when it is let go."""


class Refusal(StrEnum):
    """Why a key did not count."""

    NOTHING = "no proposal is open"
    TOO_EARLY = "that key came before you could have read it; look, then press it again"
    HELD = "that key was down before this appeared; let it go, then press it again"
    UNSEEN = "scroll down first: not all of it has been on the screen"


class ApprovalGuard:
    """Watches one proposal at a time; times are seconds of one clock that the caller reads."""

    def __init__(self) -> None:
        """Nothing is open yet."""
        self._item: str | None = None
        self._appeared = self._seen = float("inf")
        self._key, self._pressed, self._began = "", float("-inf"), float("inf")

    def pressed(self, key: str, at: float) -> None:
        """A key was pressed, whatever it is for.

        Args:
            key: Which.
            at: When; what was pressed before another one that is known already is no news.
        """
        if at < self._pressed:
            return
        if key != self._key or at - self._pressed > HELD_SECONDS:
            self._began = at
        self._key, self._pressed = key, at

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

    @property
    def all_seen(self) -> bool:
        """Whether all of the change that is open has been on the screen."""
        return self._item is not None and self._seen < float("inf")

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
        if pressed < max(self._appeared + DEAD_SECONDS, self._seen):
            return Refusal.TOO_EARLY
        return Refusal.HELD if self._began < self._appeared else None
