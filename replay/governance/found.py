"""What a validation tells governance, whoever validated (pure)."""

from typing import Protocol

from replay.library.rows import Control, Ground, Verdict


class Found(Protocol):
    """What a validation found (`replay.validation.Outcome` is one)."""

    @property
    def verdict(self) -> Verdict:
        """Green, or why not."""
        ...

    @property
    def level(self) -> str:
        """`L0` to `L3`."""
        ...

    @property
    def control(self) -> Control | None:
        """How the unrepaired step did; None when there was no repair."""
        ...

    @property
    def host_changes(self) -> int:
        """Paths outside the shadow that changed."""
        ...

    @property
    def replay_id(self) -> str | None:
        """The replay in the shadow."""
        ...

    @property
    def run_id(self) -> str | None:
        """Its recording."""
        ...

    @property
    def reason(self) -> str:
        """One sentence for a person."""
        ...

    @property
    def rounds(self) -> int:
        """Whole replays beside that one."""
        ...

    @property
    def ground(self) -> Ground | None:
        """What it rested upon."""
        ...
