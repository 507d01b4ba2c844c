"""Which version may run: validated, promoted, rolled back, disabled, by a person or by the policy that they wrote."""

import os
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path

import msgspec

from app.core.fitting import Fitting
from app.core.sharing import Trusting
from app.core.versions import StoredVersion
from app.telling import validation_lines
from capture.errors import BadInputError, UnknownNameError
from capture.files.ignore import load_ignore
from replay.governance import freezing, policy
from replay.governance.gates import Evidence, Standard
from replay.governance.promotion import BY_POLICY
from replay.governance.weighing import changed_steps, risk_of
from replay.ground import moved
from replay.library.rows import RepairRow, ReplayRow, ValidationRow, Verdict, VersionRow
from replay.outcome import Mode, Replay, ReplayStatus, Trial
from replay.playbook import VersionStatus
from replay.protocols import Director
from replay.repairs.proposal import Repair, Risk
from replay.shadow import workspace_digest
from replay.validation import Outcome, Stopped, Subject, Validator

MOST_REPLAYS = 100
"""Of the newest, how many are looked at for a policy's share of success."""


class ValidatedVersion(msgspec.Struct, frozen=True, kw_only=True):
    """A version after its validation."""

    playbook: str
    version: int
    digest: str
    status: VersionStatus
    validation: Outcome

    promoted_by: str | None = None
    """What of the user's policy promoted it at once, as `policy.toml [auto_promote]`; None: nothing did."""

    def report(self) -> list[str]:
        """What the validation came to, a line each."""
        return validation_lines(self.validation)

    def lines(self) -> list[str]:
        """For a person."""
        lines = [f"{self.playbook}@{self.version}: {self.status}", *self.report()]
        if self.promoted_by:
            lines.append(f"promoted by {self.promoted_by}")
        elif self.validation.verdict is Verdict.GREEN and self.status is not VersionStatus.ACTIVE:
            lines.append(f"next: replaybook promote {self.playbook}@{self.version}")
        return lines


class Governing(Fitting, Trusting):
    """What moves a version from one state to another."""

    def validate(
        self,
        ref: str,
        *,
        cwd: str | None = None,
        progress: Callable[[str], None] | None = None,
        network: bool = False,
        times: int = 1,
        director: Director | None = None,
    ) -> ValidatedVersion:
        """Replay a version in a shadow, after its unrepaired base where it is a repair.

        Args:
            ref: `NAME[@V]`.
            cwd: The workspace to copy; None: that of the stopped replay, else where it was replayed last.
            progress: Is told what goes on.
            network: The shadow reaches the network as the host does.
            times: How often the whole of it is to succeed.
            director: May stop it; nothing is recorded then.

        Raises:
            RefusedError: It is disabled, or replays are frozen.
            StoppedError: It was stopped on its way.
        """
        row = self._register.wanted(ref)
        # What comes of it is a decision: nobody waits for one that can't be kept.
        self._check_log()
        policy.check_run(row, policy.Attempt(mode=Mode.STRICT, shadow=True))
        freezing.check_frozen(self.home)
        playbook, _, row = self._register.load(row.name, row.version)
        origin = self._origin(row)
        workspace = os.path.realpath(cwd or (origin.workspace if origin else self._last_workspace(row.name)))
        validator = Validator(
            runner=self._runner,
            trace=self.trace,
            blobs=self.home.blob,
            ignore=load_ignore(self.home),
            told=progress or (lambda _: None),
            director=director,
            network=network,
        )
        found = validator.validate(
            Subject(playbook=playbook, digest=row.digest),
            workspace=workspace,
            stopped=self._stopped(origin, workspace) if origin else None,
            times=times,
        )
        row, validation = self._promotions.record_validation(
            row.name, row.version, digest=row.digest, found=found, actor=self.actor
        )
        row, by = self._unasked(row, validation)
        return ValidatedVersion(
            playbook=row.name,
            version=row.version,
            digest=row.digest,
            status=row.status,
            validation=found,
            promoted_by=by,
        )

    def validation(self, ref: str) -> ValidationRow | None:
        """The newest validation of a version; None: there is none.

        Args:
            ref: `NAME[@V]`.
        """
        return self._promotions.newest_validation(self._register.wanted(ref))

    def active_versions(self) -> dict[str, int]:
        """Which version of each playbook is active, by name; those without one are left out."""
        return {row.name: row.version for row in self._catalog.find(VersionRow, status=VersionStatus.ACTIVE)}

    def promote(self, ref: str, *, override: str | None = None, active: int | None = None) -> StoredVersion:
        """Make a version the active one.

        Args:
            ref: `NAME@V`; with an override the whole name, for that is how it is confirmed.
            override: Why it is to be done without what is missing.
            active: The version that was active when the person was asked; 0: none; None: they were not shown.

        Raises:
            RefusedError: Something is missing, and no override does instead.
        """
        row = self._named(ref)
        if override is not None and ref != row.ref:
            raise BadInputError(f"an override wants the name typed in full: {row.ref}, not {ref}")
        validation = self._promotions.newest_validation(row)
        after = self._promotions.promote(
            row.name,
            row.version,
            actor=self.actor,
            override=override,
            evidence=self._evidence(row, validation),
            standard=self._standard(row, validation),
            active=active,
        )
        return msgspec.structs.replace(self.version(row.ref), wants=self._promotions.wants(after, actor=self.actor))

    def rollback(self, name: str, *, active: int | None = None) -> StoredVersion:
        """Make the version active again that was so before; see `promote` for what was active."""
        row = self._promotions.rollback(self._shelf.resolve(name)[0], actor=self.actor, active=active)
        return self.version(row.ref)

    def disable(self, ref: str, *, active: int | None = None) -> StoredVersion:
        """Make a version one that never runs again; see `promote` for what was active."""
        row = self._named(ref)
        self._promotions.disable(row.name, row.version, actor=self.actor, active=active)
        return self.version(row.ref)

    # -- what a promotion rests upon

    def _unasked(self, row: VersionRow, validation: ValidationRow) -> tuple[VersionRow, str | None]:
        """The version as it stands once the user's policy had its say, and what of it promoted the version."""
        standard = self._standard(row, validation)
        if not standard.auto or row.status is not VersionStatus.SHADOW:
            return row, None
        evidence = self._evidence(row, validation)
        after = self._promotions.promote_by_policy(row.name, row.version, evidence=evidence, standard=standard)
        if after.status is not VersionStatus.ACTIVE:
            return after, None
        last = next(one for one in reversed(self._audit.entries()) if one.actor == BY_POLICY)
        return after, f"{last.details['policy_key']} of {last.details['policy_file']}"

    def _standard(self, row: VersionRow, validation: ValidationRow | None) -> Standard:
        """What the policy wants, now, where the version was validated."""
        ground = validation and validation.ground
        workspace = ground.workspace if ground else self._last_workspace(row.name)
        return self._policy().standard(workspace=workspace, playbook=row.name, home=str(Path.home()))

    def _evidence(self, row: VersionRow, validation: ValidationRow | None) -> Evidence:
        """What is known of a version that is to be promoted."""
        playbook, _, row = self._register.load(row.name, row.version)
        active = self._register.active(row.name)
        touched, gone = frozenset(range(1, len(playbook.steps) + 1)), 0
        if active is not None:
            touched, gone = changed_steps(self._register.load(active.name, active.version)[0], playbook)
        green = validation is not None and validation.verdict is Verdict.GREEN
        return Evidence(
            moved=self._moved(validation) if validation and green else None,
            unvouched=self._unvouched(row),
            changed_steps=None if active is None else len(touched) + gone,
            replays=tuple(islice(self._came_to(row), MOST_REPLAYS)),
            risk=risk_of(playbook, touched, tuple(self._risks(row, active))),
        )

    def _moved(self, validation: ValidationRow) -> str | None:
        if validation.ground is None:
            return None
        return moved(validation.ground, ignore=load_ignore(self.home))

    def _came_to(self, row: VersionRow) -> Iterator[bool]:
        """Whether each replay of that very version succeeded, newest first; what says nothing of it is left out."""
        for listed in reversed(self._catalog.find(ReplayRow, playbook=row.name, version=row.version)):
            replay = self._stored_replay(listed) if listed.mode is not Mode.SIMULATE else None
            if replay is not None and replay.digest == row.digest and _says_something(replay):
                yield replay.status is ReplayStatus.SUCCESS

    def _stored_replay(self, listed: ReplayRow) -> Replay | None:
        try:
            return self._replays.read(listed.id)
        except UnknownNameError:
            return None

    def _risks(self, row: VersionRow, active: VersionRow | None) -> Iterator[Risk]:
        """Of all repairs that lie between the active version and this one."""
        seen, pending = {active.version if active else 0}, [row.version]
        while pending:
            version = pending.pop()
            if version in seen:
                continue
            seen.add(version)
            for made in self._catalog.find(RepairRow, playbook=row.name, created_version=version):
                yield self._reviews.get(made.id).risk
                pending.append(made.base_version)

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


def _says_something(replay: Replay) -> bool:
    """Whether how a replay ended says anything of its version."""
    ended = replay.status in (ReplayStatus.SUCCESS, ReplayStatus.FAILED, ReplayStatus.NEEDS_REVIEW)
    return ended and replay.trial is not Trial.CONTROL and (replay.failure is None or replay.failure.artefact is None)
