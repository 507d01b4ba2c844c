"""A person's decisions: reviews, validations, promotions, and the record of them."""

import os
from collections.abc import Callable
from pathlib import Path

import msgspec

from app.core.fitting import Fitting
from app.core.versions import StoredVersion
from app.doctor import Finding, findings
from capture.errors import BadInputError, UnknownNameError
from capture.printable import printable
from replay.governance import freezing, policy
from replay.governance.audit import Action
from replay.governance.chain import AuditEntry, AuditVerdict
from replay.governance.freezing import Freeze, Frozen
from replay.inbox import Decision
from replay.library.ids import stamp
from replay.library.rows import RepairRow, Verdict, VersionRow
from replay.outcome import Mode
from replay.playbook import VersionStatus
from replay.repairs.proposal import Repair
from replay.shadow import workspace_digest
from replay.validation import Outcome, Stopped, Subject, validate


class ValidatedVersion(msgspec.Struct, frozen=True, kw_only=True):
    """A version after its validation."""

    playbook: str
    version: int
    digest: str
    status: VersionStatus
    validation: Outcome

    def lines(self) -> list[str]:
        """For a person."""
        found = self.validation
        lines = [f"{self.playbook}@{self.version}: {found.verdict} in a shadow of level {found.level}, {self.status}"]
        lines.append(f"  {printable(found.reason)}")
        if found.control:
            told = "failed as it did outside" if found.control.reproduced else "did not fail as it did outside"
            lines.append(f"  control: the unrepaired step {told}")
        lines += ["  network: as the host's"] if found.network else []
        lines.append(f"  host changes: {found.host_changes}")
        if found.verdict is Verdict.GREEN:
            lines.append(f"next: replaybook promote {self.playbook}@{self.version}")
        return lines


class Decisions(Fitting):
    """What can be decided."""

    def repairs(self) -> tuple[Repair, ...]:
        """All repairs, newest first."""
        self._recovery.take_in()
        return tuple(reversed(self._reviews.all()))

    def repair(self, repair_id: str) -> Repair:
        """One repair, by its id or an unambiguous prefix."""
        return self._reviews.get(repair_id)

    def review(
        self, repair_id: str, decision: Decision, *, note: str | None = None, edited: str | None = None
    ) -> Repair:
        """Answer a repair; an approval makes the next version, as a draft."""
        return self._inbox.review(repair_id, decision, note=note, edited=edited)

    def validate(
        self,
        ref: str,
        *,
        cwd: str | None = None,
        progress: Callable[[str], None] | None = None,
        network: bool = False,
    ) -> ValidatedVersion:
        """Replay a version in a shadow, after its unrepaired base where it is a repair."""
        row = self._register.wanted(ref)
        policy.check_run(row, policy.Attempt(mode=Mode.STRICT, shadow=True))
        freezing.check_frozen(self.home)
        playbook, _, row = self._register.load(row.name, row.version)
        origin = self._origin(row)
        workspace = os.path.realpath(cwd or (origin.workspace if origin else self._last_workspace(row.name)))
        found = validate(
            self._runner,
            Subject(playbook=playbook, digest=row.digest),
            workspace=workspace,
            stopped=self._stopped(origin, workspace) if origin else None,
            told=progress or (lambda _: None),
            network=network,
        )
        row, _ = self._promotions.record_validation(
            row.name, row.version, digest=row.digest, found=found, actor=self.actor
        )
        return ValidatedVersion(
            playbook=row.name, version=row.version, digest=row.digest, status=row.status, validation=found
        )

    def promote(self, ref: str, *, override: str | None = None) -> StoredVersion:
        """Make a version the active one."""
        row = self._named(ref)
        self._promotions.promote(row.name, row.version, actor=self.actor, override=override)
        return self.version(row.ref)

    def rollback(self, name: str) -> StoredVersion:
        """Make the version active again that was so before."""
        row = self._promotions.rollback(self._shelf.resolve(name)[0], actor=self.actor)
        return self.version(row.ref)

    def disable(self, ref: str) -> StoredVersion:
        """Make a version one that never runs again."""
        row = self._named(ref)
        self._promotions.disable(row.name, row.version, actor=self.actor)
        return self.version(row.ref)

    def frozen(self) -> Frozen | None:
        """Whether replays are frozen, by whom, when and why."""
        return freezing.frozen(self.home)

    def freeze(self, reason: str | None = None) -> Freeze:
        """Stop all replays of this home, and let none begin."""
        done = freezing.freeze(self.home, Frozen(by=self.actor, at=stamp(self.clock()), reason=reason))
        # Only now: a damaged log must not keep anything running.
        told = {"reason": reason} if reason else {}
        self._audit.append(actor=self.actor, action=Action.FROZEN, subject="replays", details=told)
        return done

    def thaw(self) -> Freeze:
        """Let replays run again."""
        if freezing.thaw(self.home):
            self._audit.append(actor=self.actor, action=Action.THAWED, subject="replays")
        return Freeze(frozen=None)

    def audit(self) -> tuple[AuditEntry, ...]:
        """Every decision, oldest first."""
        return self._audit.entries()

    def verify_audit(self) -> AuditVerdict:
        """Whether the log of decisions is whole."""
        return self._audit.verify()

    def doctor(self) -> tuple[Finding, ...]:
        """What this machine offers."""
        return findings(self.home)

    def _named(self, ref: str) -> VersionRow:
        """The version that a decision is about: it must be named by its number.

        Raises:
            BadInputError: Only the playbook is named.
        """
        name, version = self._shelf.resolve(ref)
        if version is None:
            raise BadInputError(f"{ref} names no version; write {name}@{self._shelf.versions(name)[-1]}")
        return self._register.row(name, version)

    def _origin(self, row: VersionRow) -> Repair | None:
        """The repair that made a version, if one did; of several that one replay wanted, its first stop."""
        made = self._catalog.find(RepairRow, playbook=row.name, created_version=row.version)
        return min((self._reviews.get(one.id) for one in made), key=lambda one: one.step_index, default=None)

    def _stopped(self, origin: Repair, workspace: str) -> Stopped | None:
        """The replay that a repair was made for, to be reproduced."""
        if origin.replay_id is None:
            return None
        try:
            original = self._replays.read(origin.replay_id)
            base, _, base_row = self._register.load(origin.playbook, origin.base_version)
        except UnknownNameError:
            return None
        digest = workspace_digest(Path(workspace))
        return Stopped(
            base=Subject(playbook=base, digest=base_row.digest),
            step_index=origin.step_index,
            failure_class=origin.failure_class,
            replay=original,
            in_place=digest is not None
            and original.stopped_at == origin.step_index
            and (original.workspace, original.workspace_digest) == (workspace, digest),
        )

    def _last_workspace(self, name: str) -> str:
        """Where a playbook was replayed last, else the present directory."""
        return next((one.workspace for one in self.replays(name) if one.workspace and not one.shadow), str(Path.cwd()))
