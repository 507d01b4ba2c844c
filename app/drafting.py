"""What the screens ask of the core where a person writes a version and tries it, as a Protocol of its own."""

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from app.lineage import Descent
from app.stored import Stored
from replay.governance.permits import Permits
from replay.outcome import Replay
from replay.progress import ReplayEvent
from replay.protocols import Director
from replay.wanting import WantedSecret


class Drafting(Protocol):
    """Documents as text, and their steps one by one."""

    def text(self, ref: str) -> tuple[str, str]:
        """`NAME@V`, and its document as the file holds it, right or wrong."""
        ...

    def lineage(self, name: str) -> Sequence[Descent]:
        """Every version of a playbook, newest first, with what it was made of."""
        ...

    def carry(self, ref: str, names: Sequence[str]) -> Stored:
        """Say which variables of before the recording are set first; compiled again as the next draft."""
        ...

    def write(self, ref: str, text: str, *, where: str) -> Stored:
        """Store what a person made of a version as the next draft."""
        ...

    def try_step(  # noqa: PLR0913 - as a replay
        self,
        ref: str,
        step: int,
        *,
        cwd: str,
        alone: bool = False,
        values: Mapping[str, str] | None = None,
        network: bool = False,
        director: Director | None = None,
        watcher: Callable[[ReplayEvent], None] | None = None,
        secrets: Mapping[str, str] | None = None,
        permits: Permits | None = None,
        ask: Callable[[WantedSecret], str | None] | None = None,
    ) -> Replay:
        """Run one step in a copy of a workspace, on the state that the steps before it leave there."""
        ...
