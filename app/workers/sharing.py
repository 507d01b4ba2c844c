"""What workers tell of versions that were shared with others: facts in the past tense."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.message import Message

if TYPE_CHECKING:
    from collections.abc import Sequence

    from replay.sharing.values import Fetched, Published


class VersionsPublished(Message):
    """Versions are in a repository that others read."""

    def __init__(self, done: Published, lines: Sequence[str]) -> None:
        """Carry what it came to, and the same for a person."""
        super().__init__()
        self.done, self.lines = done, lines


class VersionsFetched(Message):
    """Versions came out of a repository, as drafts."""

    def __init__(self, done: Fetched, lines: Sequence[str]) -> None:
        """Carry what it came to, and the same for a person."""
        super().__init__()
        self.done, self.lines = done, lines
