"""A call of a Codex session, until it is written down."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from capture.importers.codex.calls import Asked
from capture.importers.codex.results import Result
from capture.importers.waiting import Pending


@dataclass(eq=False, kw_only=True)
class Open(Pending):
    """What is known of it."""

    asked: Asked
    left: bool
    """Whether its turn was taken back."""
    started: str = ""
    """The id of the session that it started."""
    by_event: bool = False
    """Whether only an event told of it so far."""
    result: Result | None = None
    changes: dict[str, Any] = field(default_factory=dict)
    """What a patch changed, as an event told it."""
    polled: bool = False
    """Whether it ran on after its first answer: the time that the last one tells is not all of it."""

    def takes(self, result: Result, at: datetime | None) -> None:
        """Some of its output came, or all of it."""
        self.output += result.output
        self.truncated = self.truncated or result.truncated
        self.result = result
        self.until = at or self.until
        self.ended = result.session is None
        self.polled = self.polled or not self.ended
