"""Validates and promotes versions in a thread, telling the screen how far it is."""

from typing import Any

from textual.message import Message
from textual.screen import Screen

from app.ports import Core
from app.workers.facts import PromotionRefused, StandingChanged, Validating, ValidationEnded
from app.workers.tasks import in_thread
from capture.errors import RefusedError
from replay.playbook import VersionStatus

PROMOTABLE = (VersionStatus.DRAFT, VersionStatus.SHADOW)
"""A version in another state is refused whatever the reason."""


def start_validation(screen: Screen[Any], core: Core, ref: str, *, network: bool = False) -> None:
    """Begin; the screen hears `Validating` along the way, then `ValidationEnded`.

    Args:
        screen: Who is told.
        core: Who does it.
        ref: NAME@V.
        network: The shadow reaches the network as the host does.
    """

    def report(said: str) -> None:
        screen.post_message(Validating(said))

    def validated() -> Message:
        return ValidationEnded(ref, core.validate(ref, progress=report, network=network))

    in_thread(screen, validated, group="govern")


def start_promotion(screen: Screen[Any], core: Core, ref: str, *, override: str | None = None) -> None:
    """Begin; the screen hears `StandingChanged`, or `PromotionRefused` when a typed reason would help.

    Args:
        screen: Who is told.
        core: Who does it.
        ref: NAME@V.
        override: The reason for doing without a green validation.
    """

    def promote() -> Message:
        try:
            return StandingChanged(core.promote(ref, override=override))
        except RefusedError as error:
            if override is not None or core.version(ref).status not in PROMOTABLE:
                raise
            return PromotionRefused(ref, str(error))

    in_thread(screen, promote, group="govern")
