"""What workers tell of versions that were shared with others: facts in the past tense."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.message import Message

if TYPE_CHECKING:
    from collections.abc import Sequence

    from replay.sharing.store.values import StoredRun
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


class RunsPushed(Message):
    """Recordings are in a store."""

    def __init__(self, lines: Sequence[str]) -> None:
        """Carry what it came to, a line each."""
        super().__init__()
        self.lines = lines


class StoredListed(Message):
    """What a store holds was looked at."""

    def __init__(self, runs: Sequence[StoredRun], store: str | None) -> None:
        """Carry it, and which store; None: that of the settings."""
        super().__init__()
        self.runs, self.store = runs, store


class RunFetched(Message):
    """A recording came out of a store."""

    def __init__(self, run_id: str, said: str) -> None:
        """Carry which one, and what it came to."""
        super().__init__()
        self.run_id, self.said = run_id, said
