"""What the screen that finds a playbook for a task asks of the core."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping

    from app.core.finding import FoundPlaybooks
    from replay.finding.deciding import Dispatch


class Seeker(Protocol):
    """Finds playbooks by what they are for; nothing is replayed by it."""

    def find(self, task: str, *, most: int = ...) -> FoundPlaybooks:
        """Playbooks for a task, best first."""
        ...

    def dispatch(self, goal: str, *, cwd: str, values: Mapping[str, str] | None = ...) -> Dispatch:
        """Which one is to be replayed for a goal, or why none is."""
        ...
