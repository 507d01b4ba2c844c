"""What screens are told of the sources of repairs outside of this machine, as facts in the past tense."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from textual.message import Message

if TYPE_CHECKING:
    from app.outside import AskedAgain, SourceStanding, Tried
    from replay.repairs.proposal import Repair
    from replay.sources.asked import Asking


class SourcesListed(Message):
    """The sources of repairs outside of this machine were looked at."""

    def __init__(self, sources: Sequence[SourceStanding], said: str = "") -> None:
        """Carry how they stand, and what was done before."""
        super().__init__()
        self.sources, self.said = sources, said


class RequestRead(Message):
    """What would be sent to a source was made."""

    def __init__(self, asking: Asking, *, to_allow: bool) -> None:
        """Carry it, and whether a yes to it is asked for."""
        super().__init__()
        self.asking, self.to_allow = asking, to_allow


class SourceTried(Message):
    """A source was asked about a made-up failure."""

    def __init__(self, tried: Tried) -> None:
        """Carry what came of it."""
        super().__init__()
        self.tried = tried


class AskedForAnother(Message):
    """The source of a proposal that was sent back was asked again."""

    def __init__(self, repair: Repair, again: AskedAgain) -> None:
        """Carry the one that was sent back, and what came of it."""
        super().__init__()
        self.repair, self.again = repair, again
