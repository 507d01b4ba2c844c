"""What the screen of the tools asks of the core."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from pathlib import Path

    from replay.tools.listing import ListedSection


class Tooling(Protocol):
    """What carries out the tool steps of replays; no tool is called by it."""

    def tools(self) -> tuple[ListedSection, ...]:
        """All that can be called; nothing is started or asked."""
        ...

    def tools_file(self) -> Path:
        """The user's settings of them."""
        ...

    def probe_tools(self, *names: str) -> tuple[ListedSection, ...]:
        """Ask servers what they offer, all or some; those that are started run for that long."""
        ...
