"""What the screens ask of whoever keeps the decisions: repairs, validations, promotions, the freeze and the log."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from app.stored import Stored, Validated
    from replay.governance.bound import Seen
    from replay.governance.chain import AuditEntry, AuditVerdict
    from replay.governance.freezing import Freeze, Frozen
    from replay.governance.wanted import Wanted
    from replay.inbox import Decision
    from replay.library.rows import ValidationRow
    from replay.protocols import Director
    from replay.repairs.proposal import Repair


class Governing(Protocol):
    """Who decides what may run; each call may block."""

    def repairs(self) -> tuple[Repair, ...]:
        """Newest first."""
        ...

    def review(
        self,
        repair_id: str,
        decision: Decision,
        *,
        note: str | None = None,
        edited: str | None = None,
        seen: Seen | None = None,
    ) -> Repair:
        """A person's answer."""
        ...

    def validate(
        self,
        ref: str,
        *,
        progress: Callable[[str], None] | None = None,
        network: bool = False,
        times: int = 1,
        director: Director | None = None,
    ) -> Validated:
        """Replay it in a shadow."""
        ...

    def validation(self, ref: str) -> ValidationRow | None:
        """The newest one of it."""
        ...

    def active_versions(self) -> Mapping[str, int]:
        """Which version of each playbook is active, by name; those without one are left out."""
        ...

    def promote(self, ref: str, *, override: str | None = None, active: int | None = None) -> Stored:
        """Make it active, unless another than was shown is active by now."""
        ...

    def rollback(self, name: str, *, active: int | None = None) -> Stored:
        """Make the one before active again; as above."""
        ...

    def disable(self, ref: str, *, active: int | None = None) -> Stored:
        """Never run it again; as above."""
        ...

    def frozen(self) -> Frozen | None:
        """Whether replays are frozen, by whom, when and why."""
        ...

    def freeze(self, reason: str | None = None) -> Freeze:
        """Stop all replays, and let none begin."""
        ...

    def thaw(self) -> Freeze:
        """Let replays run again."""
        ...

    def audit(self, wanted: Wanted = ...) -> tuple[AuditEntry, ...]:
        """The decisions that are wanted, oldest first."""
        ...

    def audit_filter(self, typed: str) -> Wanted:
        """Which decisions a line of text wants."""
        ...

    def verify_audit(self, copy: str | None = None) -> AuditVerdict:
        """Whether the log of decisions is whole, and holds what a copy of its head vouches for."""
        ...

    def attest_to(self, path: Path, wanted: Wanted = ..., *, progress: Callable[[str], None] = ...) -> None:
        """Write the decisions that are wanted to a file, as in-toto statements; what `progress` raises ends it."""
        ...
