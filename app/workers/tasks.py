"""Runs what may block in a thread; a screen hears of it by a message in the past tense."""

from collections.abc import Callable
from typing import Any

from textual.message import Message
from textual.screen import Screen

from capture.errors import ReplaybookError


class Refused(Message):
    """The work was not done; the reason is for the person."""

    def __init__(self, reason: str) -> None:
        """Carry the reason.

        Args:
            reason: One line: what, where, what to do next.
        """
        super().__init__()
        self.reason = reason
        """One line: what, where, what to do next."""


class Undecided(Refused):
    """A decision could not be taken: what it was about may not be as it was shown."""


def in_thread(screen: Screen[Any], work: Callable[[], Message], *, group: str) -> None:
    """Start work that may block.

    Args:
        screen: Gets the message that the work returns, or `Refused`.
        work: Touches no widget.
        group: Names the kind of work, for Textual's list of workers.
    """

    def body() -> None:
        try:
            message = work()
        except ReplaybookError as error:
            message = Refused(str(error))
        screen.post_message(message)

    screen.run_worker(body, thread=True, group=group)
