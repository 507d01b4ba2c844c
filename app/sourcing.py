"""What the screens ask of the sources of repairs outside of this machine."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from app.outside import AskedAgain, SourceStanding, Tried
    from replay.protocols import Director
    from replay.sources.asked import Asking


class Sourcing(Protocol):
    """Who knows and asks them; each call may block."""

    def sources(self) -> tuple[SourceStanding, ...]:
        """The sources of repairs outside of this machine, on or off."""
        ...

    def source_request(self, name: str) -> Asking:
        """What would be sent to a source, of a made-up failure."""
        ...

    def allow_source(self, name: str) -> SourceStanding:
        """Say yes to what is sent to a source as it is set now."""
        ...

    def withdraw_source(self, name: str) -> SourceStanding:
        """Let nothing more be sent to a source."""
        ...

    def try_source(self, name: str, *, director: Director | None = None) -> Tried:
        """Ask a source about a made-up failure."""
        ...

    def store_source_key(self, name: str, value: Callable[[], str]) -> None:
        """Put the key of a source into the keyring."""
        ...

    def forget_source_key(self, name: str) -> bool:
        """Take it out again."""
        ...

    def sources_file(self) -> Path:
        """Which sources are on, written with a word on its format when it was not there."""
        ...

    def ask_again(self, repair_id: str, *, director: Director | None = None) -> AskedAgain:
        """Ask the source of a repair that was sent back for another one."""
        ...
