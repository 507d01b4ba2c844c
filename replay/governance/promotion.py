"""Which version of a playbook is the one that runs: validated, promoted, rolled back, disabled, all of it recorded."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Protocol

import msgspec

from capture.errors import RefusedError
from replay.governance import policy
from replay.governance.audit import Action, Recorder
from replay.governance.found import Found
from replay.governance.gates import NOTHING_KNOWN, NOTHING_WANTED, Evidence, Standard
from replay.governance.states import RepairAct, VersionAct, next_repair_status, next_version_status
from replay.library.catalog import Catalog
from replay.library.ids import Ids, stamp
from replay.library.register import Register
from replay.library.rows import RepairRow, ValidationRow, Verdict, VersionRow
from replay.playbook import VersionStatus

_FOUND = {Verdict.GREEN: RepairAct.FOUND_GREEN, Verdict.RED: RepairAct.FOUND_RED}


VALIDATION_DETAIL = "validation"
"""Where the audit log keeps a validation, as JSON, so that the catalog can be rebuilt."""
BY_POLICY = "policy"
"""Who promoted a version that nobody was asked about: the entry names the file, the key and the file's digest."""


class Wanting(Protocol):
    """What a promotion wants beside the yes of who asks for it (`replay.team.people.Lack` is one)."""

    @property
    def wants(self) -> str:
        """Who must say yes as well, in a clause."""
        ...

    @property
    def counts(self) -> bool:
        """Whether the yes of who asks counts, and was not given yet."""
        ...


Lacks = Callable[[str, str], Wanting | None]
"""What a promotion of `NAME@V` by an actor wants beside; None: nothing."""


class Promotions:
    """Moves versions between their states; at most one of a playbook is active."""

    def __init__(
        self,
        catalog: Catalog,
        register: Register,
        audit: Recorder,
        *,
        clock: Callable[[], datetime],
        lacks: Lacks = lambda _ref, _actor: None,
    ) -> None:
        self._catalog = catalog
        self._register = register
        self._audit = audit
        self._lacks = lacks
        self._clock = clock
        self._ids = Ids(clock)

    def record_validation(
        self, name: str, version: int, *, digest: str, found: Found, actor: str
    ) -> tuple[VersionRow, ValidationRow]:
        """Keep what a validation found, and move the version and the repairs that made it.

        Args:
            name: The playbook.
            version: Its version.
            digest: Of the document that was validated.
            found: What was found.
            actor: Who had it validated.

        Returns:
            The version as it stands now, and the validation.

        Raises:
            RefusedError: The version is disabled, or was edited while it was being validated.
        """
        with self._catalog.transaction():
            row = self._register.row(name, version)
            if row.digest != digest:
                raise RefusedError(f"{row.ref} was edited while it was being validated; validate it again")
            validation = self._validation(row, found)
            changed = validated(row, validation)
            details = {"digest": digest, **_flat(validation)}
            self._audit.append(actor=actor, action=Action.VALIDATED, subject=row.ref, details=details)
            repairs = [repair_validated(repair, validation) for repair in self._made_by(row)]
            self._catalog.put(validation, changed, *repairs)
            return changed, validation

    def newest_validation(self, row: VersionRow) -> ValidationRow | None:
        """The last thing that a validation found about a version, whatever its digest was then."""
        found = self._catalog.find(ValidationRow, playbook=row.name, version=row.version)
        return found[-1] if found else None

    def promote(  # noqa: PLR0913 - each is one thing that a promotion rests upon
        self,
        name: str,
        version: int,
        *,
        actor: str,
        override: str | None = None,
        evidence: Evidence = NOTHING_KNOWN,
        standard: Standard = NOTHING_WANTED,
        active: int | None = None,
    ) -> VersionRow:
        """Make a version the active one.

        Args:
            name: The playbook.
            version: Its version.
            actor: Who decides.
            override: A typed reason for doing without a green validation.
            evidence: What is known of the version beside its validation.
            standard: What the user's own policy wants.
            active: The version that was active when they were asked; 0: none was; None: they were not shown.

        Returns:
            The version as it stands now; not active while somebody else must say yes, too.

        Raises:
            RefusedError: Policy forbids it, it is active already, only the yes of others is wanting, or another
                version is active by now.
        """
        with self._catalog.transaction():
            self._check_active(name, active)
            row = self._register.row(name, version)
            next_version_status(row.status, VersionAct.PROMOTE, subject=row.ref)
            validation = self.newest_validation(row)
            lacks = policy.check_promotion(
                row, validation, override=override, now=self._clock(), evidence=evidence, standard=standard
            )
            said = {"override": override.strip(), "typed": row.ref, "lacks": lacks} if override and lacks else {}
            if wanting := self._lacks(row.ref, actor):
                return self._sign(row, wanting, said, actor=actor)
            return self._raise(row, validation, said, actor=actor, overridden=lacks is not None)

    def promote_by_policy(self, name: str, version: int, *, evidence: Evidence, standard: Standard) -> VersionRow:
        """Make a version the active one where the user's own policy says that nobody need be asked.

        Args:
            name: The playbook.
            version: Its version, just validated.
            evidence: What is known of it.
            standard: What the policy wants; without an `auto_promote` that it meets, nothing happens.

        Returns:
            The version as it stands now.
        """
        with self._catalog.transaction():
            row, now = self._register.row(name, version), self._clock()
            validation = self.newest_validation(row)
            lack = policy.unproven(row, validation, now=now, evidence=evidence, max_age=standard.max_age)
            if validation is None or lack or evidence.unvouched or next(standard.lacks(validation, evidence), None):
                return row
            gates = standard.by_itself(validation, evidence, now)
            if gates is None or self._lacks(row.ref, BY_POLICY):
                return row
            said = {"policy_file": standard.file, "policy_key": gates.key, "policy_digest": standard.digest}
            return self._raise(row, validation, said, actor=BY_POLICY, overridden=False)

    def wants(self, row: VersionRow, *, actor: str) -> str | None:
        """Who must still say yes before a version is active, in a clause; None: nobody, or it is already."""
        wanting = None if row.status is VersionStatus.ACTIVE else self._lacks(row.ref, actor)
        return wanting.wants if wanting else None

    def _sign(self, row: VersionRow, wanting: Wanting, said: Mapping[str, str], *, actor: str) -> VersionRow:
        """Record a yes that is not enough by itself."""
        if not wanting.counts:
            raise RefusedError(f"{row.ref} can't be promoted by {actor} alone: {wanting.wants}")
        self._audit.append(actor=actor, action=Action.SIGNED, subject=row.ref, details={"digest": row.digest, **said})
        return row

    def _raise(
        self,
        row: VersionRow,
        validation: ValidationRow | None,
        said: Mapping[str, str],
        *,
        actor: str,
        overridden: bool,
    ) -> VersionRow:
        details = {"digest": row.digest, VALIDATION_DETAIL: validation.id if validation else "none", **said}
        changed = promoted(self._register.rows(row.name), row, overridden=overridden)
        self._audit.append(actor=actor, action=Action.PROMOTED, subject=row.ref, details=details)
        self._catalog.put(*changed)
        self._catalog.put(*map(repair_promoted, self._made_by(row)))
        return self._register.row(row.name, row.version)

    def rollback(self, name: str, *, actor: str, active: int | None = None) -> VersionRow:
        """Make the version active again that was so before the active one.

        The one that steps down must be validated and promoted anew before it can come back, so that rolling back
        twice goes further back.

        Args:
            name: The playbook.
            actor: Who decides.
            active: As for `promote`.

        Returns:
            The version that is active now.

        Raises:
            RefusedError: None was active before, or another one is active by now.
        """
        with self._catalog.transaction():
            self._check_active(name, active)
            rows = self._register.rows(name)
            changed = rolled_back(rows, name)
            now_active = next(row for row in changed if row.status is VersionStatus.ACTIVE)
            before = next((row.ref for row in rows if row.status is VersionStatus.ACTIVE), "none")
            details = {"digest": now_active.digest, "instead_of": before}
            self._audit.append(actor=actor, action=Action.ROLLED_BACK, subject=now_active.ref, details=details)
            self._catalog.put(*changed)
            return now_active

    def disable(self, name: str, version: int, *, actor: str, active: int | None = None) -> VersionRow:
        """Make a version one that never runs again.

        Args:
            name: The playbook.
            version: Its version.
            actor: Who decides.
            active: As for `promote`.

        Returns:
            The version as it stands now.

        Raises:
            RefusedError: It is disabled already, or another version is active by now.
        """
        with self._catalog.transaction():
            self._check_active(name, active)
            row = self._register.row(name, version)
            changed = disabled(row)
            details = {"digest": row.digest}
            self._audit.append(actor=actor, action=Action.DISABLED, subject=row.ref, details=details)
            self._catalog.put(changed)
            return changed

    def _check_active(self, name: str, seen: int | None) -> None:
        """Refuse what was decided of another state of things than the one that there is."""
        now = self._register.active(name) if seen is not None else None
        if seen is not None and seen != (now.version if now else 0):
            by_now = f"{now.ref} is the active version" if now else f"no version of {name} is active"
            raise RefusedError(f"{by_now} by now, which was not so when you were asked; look again, then decide")

    def _validation(self, row: VersionRow, found: Found) -> ValidationRow:
        leaked = found.verdict is Verdict.GREEN and found.host_changes > 0
        return ValidationRow(
            id=self._ids.new(),
            playbook=row.name,
            version=row.version,
            digest=row.digest,
            verdict=Verdict.RED if leaked else found.verdict,
            level=str(found.level),
            control=found.control,
            host_changes=found.host_changes,
            created_at=stamp(self._clock()),
            replay_id=found.replay_id,
            run_id=found.run_id,
            reason=found.reason,
            rounds=found.rounds,
            ground=found.ground,
        )

    def _made_by(self, row: VersionRow) -> tuple[RepairRow, ...]:
        return self._catalog.find(RepairRow, playbook=row.name, created_version=row.version)


def validated(row: VersionRow, validation: ValidationRow) -> VersionRow:
    """The version behind a validation; one that was found red can't be rolled back to.

    Raises:
        RefusedError: A disabled version never runs, in a shadow neither.
    """
    act = VersionAct.FOUND_GREEN if validation.verdict is Verdict.GREEN else VersionAct.FOUND_NOT_GREEN
    status = next_version_status(row.status, act, subject=row.ref)
    bad = validation.verdict is Verdict.RED and status is not VersionStatus.ACTIVE
    return msgspec.structs.replace(row, status=status, promoted=None if bad else row.promoted)


def repair_validated(repair: RepairRow, validation: ValidationRow) -> RepairRow:
    """The repair behind a validation of the version that it made."""
    act = _FOUND.get(validation.verdict, RepairAct.FOUND_NOTHING)
    status = next_repair_status(repair.status, act, subject=repair.id)
    return msgspec.structs.replace(repair, status=status, validation_id=validation.id)


def repair_promoted(repair: RepairRow) -> RepairRow:
    """The repair behind the promotion of the version that it made."""
    status = next_repair_status(repair.status, RepairAct.PROMOTE, subject=repair.id)
    return msgspec.structs.replace(repair, status=status)


def promoted(rows: Sequence[VersionRow], chosen: VersionRow, *, overridden: bool) -> tuple[VersionRow, ...]:
    """What changes when one version of a playbook becomes active.

    Args:
        rows: All its versions.
        chosen: The one.
        overridden: Whether no green validation stands behind it.

    Returns:
        The versions that change: the chosen one last.
    """
    number = max((row.promoted or 0 for row in rows), default=0) + 1
    status = next_version_status(chosen.status, VersionAct.PROMOTE, subject=chosen.ref)
    raised = msgspec.structs.replace(chosen, status=status, promoted=number, overridden=overridden)
    return (*(_stepped_down(row) for row in rows if row.status is VersionStatus.ACTIVE), raised)


def rolled_back(rows: Sequence[VersionRow], name: str) -> tuple[VersionRow, ...]:
    """What changes when the active version gives way to the one before it.

    Args:
        rows: All versions of the playbook.
        name: Its name, for the error.

    Returns:
        The versions that change: the one that is active again last.

    Raises:
        RefusedError: None was active before.
    """
    earlier = [row for row in rows if row.promoted is not None and _may_return(row)]
    if not earlier:
        raise RefusedError(f"{name} can't be rolled back: no other version was active before; promote one by number")
    chosen = max(earlier, key=lambda row: row.promoted or 0)
    status = next_version_status(chosen.status, VersionAct.COME_BACK, subject=chosen.ref)
    returned = msgspec.structs.replace(chosen, status=status)
    return (*(_taken_back(row) for row in rows if row.status is VersionStatus.ACTIVE), returned)


def disabled(row: VersionRow) -> VersionRow:
    """The version, never to run again."""
    status = next_version_status(row.status, VersionAct.DISABLE, subject=row.ref)
    return msgspec.structs.replace(row, status=status, promoted=None)


def _may_return(row: VersionRow) -> bool:
    return row.status not in {VersionStatus.ACTIVE, VersionStatus.DISABLED}


def _stepped_down(row: VersionRow) -> VersionRow:
    act = VersionAct.STEP_DOWN_UNPROVEN if row.overridden else VersionAct.STEP_DOWN
    return msgspec.structs.replace(row, status=next_version_status(row.status, act, subject=row.ref))


def _taken_back(row: VersionRow) -> VersionRow:
    status = next_version_status(row.status, VersionAct.ROLL_BACK, subject=row.ref)
    return msgspec.structs.replace(row, status=status, promoted=None, overridden=False)


def _flat(validation: ValidationRow) -> dict[str, str]:
    """A validation as one of the audit log's strings."""
    return {VALIDATION_DETAIL: msgspec.json.encode(validation, order="sorted").decode()}
