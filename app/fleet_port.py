"""What the screens ask of fleets, as a Protocol: what the engine does, and which hosts a person means."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from replay.fleet.model import Fleets

if TYPE_CHECKING:
    from collections.abc import Sequence

    from replay.fleet.model import Target


class FleetPort(Fleets, Protocol):
    """Replays on many hosts."""

    def targets(
        self, ref: str, hosts: str, *, limits: Sequence[str] = (), params: Sequence[str] = ()
    ) -> tuple[Target, ...]:
        """The hosts that a comma list names, or an inventory file holds; limits and params as the command line's."""
        ...
