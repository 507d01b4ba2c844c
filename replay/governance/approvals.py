"""A person's yes to a repair: for one exact patch, on one exact version, once."""

from collections.abc import Callable, Sequence
from datetime import datetime
from hashlib import sha256

import msgspec

from capture.errors import RefusedError, UnknownNameError
from replay.governance import policy
from replay.governance.audit import Action, Recorder
from replay.governance.states import RepairAct, next_repair_status
from replay.library.catalog import Catalog
from replay.library.ids import stamp
from replay.library.records import Records
from replay.library.rows import Approval, RepairRow, ValidationRow, VersionRow
from replay.repairs.proposal import Repair, RepairStatus

DigestOf = Callable[[str, int], str | None]
"""A version's digest as its file is now, by name and number (`Register.digest`)."""


class Reviews:
    """The inbox: repairs, and what people answered."""

    def __init__(
        self,
        catalog: Catalog,
        records: Records[Repair],
        audit: Recorder,
        *,
        digest_of: DigestOf,
        clock: Callable[[], datetime],
    ) -> None:
        self._catalog = catalog
        self._records = records
        self._audit = audit
        self._digest_of = digest_of
        self._clock = clock

    def propose(self, repair: Repair) -> None:
        """Put a repair into the inbox."""
        self._records.write(repair.repair_id, repair)
        self._catalog.put(row_of(repair))

    def all(self) -> tuple[Repair, ...]:
        """All repairs with where they stand now, oldest first."""
        rows = {row.id: row for row in self._catalog.find(RepairRow)}
        return tuple(self._as_it_stands(repair, rows.get(repair.repair_id)) for repair in self._records.readable())

    def get(self, given: str) -> Repair:
        """A repair with where it stands now.

        Args:
            given: Its id, or an unambiguous prefix.

        Raises:
            UnknownNameError: There is none, or more than one.
        """
        repair_id = self._records.resolve(given)
        return self._as_it_stands(self._records.read(repair_id), self._catalog.get(RepairRow, repair_id))

    def approve(
        self, repair_id: str, *, actor: str, note: str | None = None, validation: ValidationRow | None = None
    ) -> Approval:
        """Say yes to a repair as it was shown.

        Args:
            repair_id: Which.
            actor: Who says so.
            note: Why.
            validation: What the person had seen of it, where it was tried before.

        Returns:
            The approval; `use` it for the version that it makes.

        Raises:
            RefusedError: It is decided already, its version is no longer the one it was made for, or no person asks.
        """
        with self._catalog.transaction():
            repair, row = self._pending(repair_id)
            policy.check_review(repair, actor=actor)
            stale = self._is_stale(row)
            act = RepairAct.BASE_MOVED if stale else RepairAct.APPROVE
            status = next_repair_status(row.status, act, subject=repair_id)
            if stale:
                self._catalog.update(RepairRow, repair_id, status=status)
            else:
                approval = self._approval(repair, actor, validation)
                self._record(Action.APPROVED, repair_id, actor, note, _named(approval))
                self._catalog.update(RepairRow, repair_id, status=status, approval=approval, note=note)
                return approval
        raise _stale(row)

    def use(self, repair_ids: Sequence[str], *, made: VersionRow, actor: str) -> None:
        """Spend approvals on the version that was made from them.

        Args:
            repair_ids: The repairs that went into it.
            made: The new version.
            actor: Who had it made.

        Raises:
            RefusedError: One is not approved, was used already, changed since, or its base version is another now.
        """
        with self._catalog.transaction():
            approvals = [self._usable(repair_id) for repair_id in repair_ids]
            for approval in approvals:
                spent = msgspec.structs.replace(approval, used_for=made.version)
                details = {**_named(approval), "version": str(made.version), "digest": made.digest}
                self._record(Action.APPLIED, approval.repair_id, actor, None, details)
                self._catalog.update(RepairRow, approval.repair_id, approval=spent, created_version=made.version)

    def reject(self, repair_id: str, *, actor: str, note: str | None = None) -> None:
        """Say no.

        Raises:
            RefusedError: It is decided already.
        """
        self._decline(repair_id, RepairAct.REJECT, Action.REJECTED, actor, note)

    def request_changes(self, repair_id: str, *, actor: str, note: str | None = None) -> None:
        """Ask for another one.

        Raises:
            RefusedError: It is decided already.
        """
        self._decline(repair_id, RepairAct.REQUEST_CHANGES, Action.CHANGES_REQUESTED, actor, note)

    def _decline(self, repair_id: str, act: RepairAct, action: Action, actor: str, note: str | None) -> None:
        with self._catalog.transaction():
            _, row = self._pending(repair_id)
            status = next_repair_status(row.status, act, subject=repair_id)
            self._record(action, repair_id, actor, note, {"base_digest": row.base_digest})
            self._catalog.update(RepairRow, repair_id, status=status, note=note)

    def _pending(self, repair_id: str) -> tuple[Repair, RepairRow]:
        repair = self._records.read(repair_id)
        row = self._catalog.get(RepairRow, repair_id)
        if row is None:
            raise UnknownNameError(f"the catalog has no repair {repair_id}; list them with `replaybook repairs`")
        return repair, row

    def _usable(self, repair_id: str) -> Approval:
        repair, row = self._pending(repair_id)
        approval = row.approval
        if approval is None:
            raise RefusedError(f"{row.id} is {row.status} and was not approved; review it first")
        if approval.used_for is not None:
            raise RefusedError(f"the approval of {row.id} was used for {row.playbook}@{approval.used_for} already")
        if approval.repair_digest != repair_digest(repair):
            raise RefusedError(f"{row.id} was changed after it was approved; replay guided again for a new proposal")
        if self._is_stale(row):
            raise _stale(row)
        return approval

    def _is_stale(self, row: RepairRow) -> bool:
        return self._digest_of(row.playbook, row.base_version) != row.base_digest

    def _as_it_stands(self, repair: Repair, row: RepairRow | None) -> Repair:
        if row is None:
            return repair
        validation = row.validation_id and self._catalog.get(ValidationRow, row.validation_id)
        return msgspec.structs.replace(
            repair,
            status=_status_now(row, stale=self._is_stale(row)),
            note=row.note,
            created_version=row.created_version,
            validation=shown(validation) if validation else None,
        )

    def _approval(self, repair: Repair, actor: str, validation: ValidationRow | None) -> Approval:
        return Approval(
            repair_id=repair.repair_id,
            repair_digest=repair_digest(repair),
            base_digest=repair.base_digest,
            validation_digest=_digest(msgspec.to_builtins(validation)) if validation else None,
            actor=actor,
            at=stamp(self._clock()),
        )

    def _record(self, action: Action, repair_id: str, actor: str, note: str | None, details: dict[str, str]) -> None:
        noted = {**details, "note": note} if note else details
        self._audit.append(actor=actor, action=action, subject=repair_id, details=noted)


def row_of(repair: Repair) -> RepairRow:
    """The catalog's row of a repair that no one has answered yet."""
    return RepairRow(
        id=repair.repair_id,
        playbook=repair.playbook,
        base_version=repair.base_version,
        base_digest=repair.base_digest,
        status=repair.status,
        created_at=repair.created_at,
        replay_id=repair.replay_id,
    )


def repair_digest(repair: Repair) -> str:
    """What a person says yes to: the patch, where it goes, and nothing that may change later."""
    shown = {
        "playbook": repair.playbook,
        "base_version": repair.base_version,
        "base_digest": repair.base_digest,
        "patch": msgspec.to_builtins(repair.patch),
        "diff": repair.diff,
    }
    return _digest(shown)


def shown(validation: ValidationRow) -> dict[str, object]:
    """A validation as the documents of repairs and versions hold it."""
    control = None if validation.control is None else msgspec.to_builtins(validation.control)
    return {
        "validation_id": validation.id,
        "verdict": validation.verdict.value,
        "level": validation.level,
        "control": control,
        "host_changes": validation.host_changes,
    }


def _status_now(row: RepairRow, *, stale: bool) -> RepairStatus:
    return RepairStatus.STALE if stale and row.status is RepairStatus.PROPOSED else row.status


def _stale(row: RepairRow) -> RefusedError:
    return RefusedError(
        f"{row.id} is stale: {row.playbook}@{row.base_version} is not the version that it was made for any more; "
        "replay guided again for a new proposal"
    )


def _named(approval: Approval) -> dict[str, str]:
    """The exact digests that an approval is for, for the audit log."""
    return {
        "base_digest": approval.base_digest,
        "repair_digest": approval.repair_digest,
        "validation_digest": approval.validation_digest or "none",
    }


def _digest(value: object) -> str:
    return f"sha256:{sha256(msgspec.json.encode(value, order='sorted')).hexdigest()}"
