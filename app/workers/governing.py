"""Validates a version in a thread, telling the screen how far it is."""

from typing import Any

from textual.screen import Screen

from app.ports import Core
from app.workers.facts import Validating, ValidationEnded
from app.workers.tasks import in_thread


def start_validation(screen: Screen[Any], core: Core, ref: str) -> None:
    """Begin; the screen hears `Validating` along the way, then `ValidationEnded`.

    Args:
        screen: Who is told.
        core: Who does it.
        ref: NAME@V.
    """

    def report(said: str) -> None:
        screen.post_message(Validating(said))

    in_thread(screen, lambda: ValidationEnded(ref, core.validate(ref, progress=report)), group="govern")
