"""Promotes versions in a thread; the screen hears whether a typed reason would help."""

from typing import Any

from textual.message import Message
from textual.screen import Screen

from app.ports import Core
from app.workers.facts import PromotionRefused, StandingChanged
from app.workers.tasks import in_thread
from replay.governance.policy import UnprovenError


def start_promotion(
    screen: Screen[Any], core: Core, ref: str, *, override: str | None = None, active: int | None = None
) -> None:
    """Begin; the screen hears `StandingChanged`, or `PromotionRefused` when a typed reason would help.

    Args:
        screen: Who is told.
        core: Who does it.
        ref: NAME@V.
        override: The reason for doing without a green validation.
        active: The version that was shown as active; 0: none; None: nothing was shown of it.
    """

    def promote() -> Message:
        try:
            return StandingChanged(core.promote(ref, override=override, active=active))
        except UnprovenError as error:
            return PromotionRefused(ref, str(error), active)

    in_thread(screen, promote, group="govern")
