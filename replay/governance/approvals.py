"""A person's yes to a repair: for one exact patch, on one exact version, once."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime, timedelta

import msgspec

from capture.errors import BadInputError, RefusedError, ReplaybookError
from replay.governance import policy, reviewing
from replay.governance.audit import Action, Recorder
from replay.governance.bound import (
    Seen,
    digest_of,
    named,
    repair_digest,
    row_of,
    shown,
    shown_to,
    text_digest,
)
from replay.governance.reviewing import ReviewRules
from replay.governance.states import RepairAct, next_repair_status
from replay.library.catalog import Catalog
from replay.library.ids import stamp
from replay.library.records import Records
from replay.library.register import Register
from replay.library.rows import Approval, Look, RepairRow, ValidationRow, VersionRow
from replay.playbook import SafetyLevel, VersionStatus
from replay.repairs.proposal import Repair, RepairStatus

Asked = Callable[[Repair], ReviewRules]
"""What the user's policy asks of a review of a repair; raises BadInputError where that can't be read."""


_DECLINED = {RepairAct.REJECT: Action.REJECTED, RepairAct.REQUEST_CHANGES: Action.CHANGES_REQUESTED}


class Reviews:
    """The inbox: repairs, and what people answered."""

    def __init__(
        self,
        catalog: Catalog,
        records: Records[Repair],
        audit: Recorder,
        *,
        register: Register,
        clock: Callable[[], datetime],
        asked: Asked = lambda _: ReviewRules(),
    ) -> None:
        self._catalog = catalog
        self._records = records
        self._audit = audit
        self._register = register
        self._clock = clock
        self._asked = asked

    def propose(self, repair: Repair) -> Repair:
        """Put a repair into the inbox; one of that id that still waits is brought up to date.

        Returns:
            The repair as it waits.

        Raises:
            RefusedError: One of that id was decided meanwhile.
        """
        with self._catalog.transaction():
            active = self._register.active(repair.playbook)
            waiting = msgspec.structs.replace(repair, active=active.version if active else 0)
            row = self._catalog.get(RepairRow, repair.repair_id)
            if row is not None and row.status is not RepairStatus.PROPOSED:
                raise RefusedError(f"{repair.repair_id} is {row.status} already; replay guided again for a new one")
            self._records.write(waiting.repair_id, waiting)
            kept = row or row_of(waiting)
            # Each is bound to what was shown: of another patch it counts for nothing.
            again = msgspec.structs.replace(row_of(waiting), signatures=kept.signatures, looks=kept.looks)
            self._catalog.put(again)
            return waiting

    def all(self) -> tuple[Repair, ...]:
        """All repairs with where they stand now, oldest first."""
        rows = {row.id: row for row in self._catalog.find(RepairRow)}
        active: dict[str, VersionRow | None] = {}
        return tuple(
            self._as_it_stands(repair, rows.get(repair.repair_id), active) for repair in self._records.readable()
        )

    def get(self, given: str) -> Repair:
        """A repair with where it stands now.

        Args:
            given: Its id, or an unambiguous prefix.

        Raises:
            UnknownNameError: There is none, or more than one.
        """
        repair_id = self._records.resolve(given)
        return self._as_it_stands(self._records.read(repair_id), self._catalog.get(RepairRow, repair_id), {})

    def look(self, repair: Repair, *, actor: str) -> None:
        """Note that a repair was put before a person, for what they decide later."""
        shown = Look(actor=actor, shown=text_digest(repair.diff), at=stamp(self._clock()))
        with self._catalog.transaction():
            row = self._catalog.get(RepairRow, repair.repair_id) or row_of(repair)
            others = tuple(one for one in row.looks if one.actor != actor)
            self._catalog.put(msgspec.structs.replace(row, looks=(*others, shown)))

    def looked(self, repair_id: str, *, actor: str) -> Seen | None:
        """What `look` noted last for a person, and how long ago that is; None: it was never shown to them."""
        row = self._catalog.get(RepairRow, repair_id)
        last = next((one for one in row.looks if one.actor == actor), None) if row else None
        if last is None:
            return None
        return Seen(shown=last.shown, ms=_ms(self._clock() - datetime.fromisoformat(last.at)))

    def approve(
        self,
        repair_id: str,
        *,
        actor: str,
        note: str | None = None,
        validation: ValidationRow | None = None,
        seen: Seen | None = None,
        level: SafetyLevel = SafetyLevel.AUTO_OK,
    ) -> Approval | None:
        """Say yes to a repair as it was shown.

        Args:
            repair_id: Which.
            actor: Who says so.
            note: Why.
            validation: What the person had seen of it, where it was tried before.
            seen: What they had before them.
            level: The gravest of the steps that it changes.

        Returns:
            The approval; `use` it for the version that it makes. None while somebody else must say yes, too.

        Raises:
            RefusedError: It is decided already, its version is no longer the one it was made for, no person asks, or
                they have said yes before.
            BadInputError: The policy can't be read.
        """
        with self._catalog.transaction():
            repair, row = self._pending(repair_id)
            policy.check_review(repair, actor=actor)
            rules = self._asked(repair)
            why = self._moved(repair, row, {}) or reviewing.expired(repair.created_at, rules, self._clock())
            act = RepairAct.BASE_MOVED if why else RepairAct.APPROVE
            status = next_repair_status(row.status, act, subject=repair_id)
            if why is None:
                given = self._approval(repair, actor, validation)
                signed = reviewing.fresh(_counting(row, repair), rules=rules, now=self._clock())
                if any(one.actor == actor for one in signed):
                    raise RefusedError(f"{actor} approved {repair_id} already; {row.wants}")
                lacking = reviewing.lack((*signed, given), rules.wanted(level))
                action = Action.SIGNED if lacking else Action.APPROVED
                self._record(action, repair_id, actor, note, {**named(given), **shown_to(seen)})
                others = tuple(one for one in row.signatures if one.actor != actor)
                if lacking:
                    self._catalog.update(RepairRow, repair_id, signatures=(*others, given), wants=lacking)
                    return None
                self._catalog.update(
                    RepairRow, repair_id, status=status, approval=given, note=note, signatures=(*others, given)
                )
                return given
            self._catalog.update(RepairRow, repair_id, status=status, stale=why)
        raise _stale(row, why)

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
                details = {**named(approval), "version": str(made.version), "digest": made.digest}
                self._record(Action.APPLIED, approval.repair_id, actor, None, details)
                self._catalog.update(RepairRow, approval.repair_id, approval=spent, created_version=made.version)

    def reject(self, repair_id: str, *, actor: str, note: str | None = None, seen: Seen | None = None) -> None:
        """Say no.

        Raises:
            RefusedError: It is decided already.
        """
        self._decline(repair_id, RepairAct.REJECT, actor, note, seen)

    def request_changes(self, repair_id: str, *, actor: str, note: str | None = None, seen: Seen | None = None) -> None:
        """Ask for another one.

        Raises:
            RefusedError: It is decided already.
        """
        self._decline(repair_id, RepairAct.REQUEST_CHANGES, actor, note, seen)

    def check(self, repair_ids: Sequence[str]) -> None:
        """Whether approvals may be used.

        Raises:
            RefusedError: As for `use`.
        """
        for repair_id in repair_ids:
            self._usable(repair_id)

    def usable(self, repair: Repair) -> bool:
        """Whether the approval of a repair may still be used."""
        with suppress(RefusedError):
            self._usable(repair.repair_id)
            return True
        return False

    def _decline(self, repair_id: str, act: RepairAct, actor: str, note: str | None, seen: Seen | None) -> None:
        with self._catalog.transaction():
            repair, row = self._pending(repair_id)
            status = next_repair_status(row.status, act, subject=repair_id)
            details = {"base_digest": row.base_digest, "repair_digest": repair_digest(repair), **shown_to(seen)}
            self._record(_DECLINED[act], repair_id, actor, note, details)
            self._catalog.update(RepairRow, repair_id, status=status, note=note)

    def _pending(self, repair_id: str) -> tuple[Repair, RepairRow]:
        """A repair and its row, which a writer that was killed between the two may not have come to."""
        repair = self._records.read(repair_id)
        row = self._catalog.get(RepairRow, repair_id)
        if row is None:
            row = row_of(repair)
            self._catalog.put(row)
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
        why = self._moved(repair, row, {}) or reviewing.expired(approval.at, self._asked(repair), self._clock())
        if why:
            raise _stale(row, why)
        return approval

    def _moved(self, repair: Repair, row: RepairRow, known: dict[str, VersionRow | None]) -> str | None:
        """Why a repair is no longer for what stands there now, in a clause; None when it is.

        Args:
            repair: It.
            row: Its row.
            known: The active versions that were looked up already, by name.
        """
        ref = f"{row.playbook}@{row.base_version}"
        try:
            base = self._register.row(row.playbook, row.base_version)
        except ReplaybookError:
            return f"{ref} is gone or can't be read"
        if base.digest != row.base_digest:
            return f"{ref} was edited since it was made for it"
        if base.status is VersionStatus.DISABLED:
            return f"{ref} is disabled"
        if row.playbook not in known:
            known[row.playbook] = self._register.active(row.playbook)
        active = known[row.playbook]
        if active is None or repair.active is None or active.version in (repair.active, base.version):
            return None
        return f"{active.ref} was made the active version since"

    def _stale_now(self, repair: Repair, row: RepairRow, known: dict[str, VersionRow | None]) -> str | None:
        """Why a repair that was not used yet can't be any more."""
        waits = row.status is RepairStatus.PROPOSED
        if row.status is RepairStatus.STALE:
            return row.stale or "its version is not the one that it was made for"
        if not waits and (row.status is not RepairStatus.APPROVED or row.created_version is not None):
            return None
        at = repair.created_at if waits or row.approval is None else row.approval.at
        why = self._moved(repair, row, known)
        # A policy that can't be read is told of where something is decided by it.
        with suppress(BadInputError):
            why = why or reviewing.expired(at, self._asked(repair), self._clock())
        return why

    def _as_it_stands(self, repair: Repair, row: RepairRow | None, known: dict[str, VersionRow | None]) -> Repair:
        row = row or row_of(repair)
        validation = row.validation_id and self._catalog.get(ValidationRow, row.validation_id)
        stale = self._stale_now(repair, row, known)
        waits = row.status is RepairStatus.PROPOSED and stale is None
        return msgspec.structs.replace(
            repair,
            status=RepairStatus.STALE if stale else row.status,
            note=row.note,
            created_version=row.created_version,
            validation=shown(validation) if validation else None,
            stale=stale,
            approved_by=tuple(one.actor for one in _counting(row, repair)),
            wants=row.wants if waits and _counting(row, repair) else None,
        )

    def _approval(self, repair: Repair, actor: str, validation: ValidationRow | None) -> Approval:
        return Approval(
            repair_id=repair.repair_id,
            repair_digest=repair_digest(repair),
            base_digest=repair.base_digest,
            validation_digest=digest_of(msgspec.to_builtins(validation)) if validation else None,
            actor=actor,
            at=stamp(self._clock()),
        )

    def _record(self, action: Action, repair_id: str, actor: str, note: str | None, details: dict[str, str]) -> None:
        noted = {**details, "note": note} if note else details
        self._audit.append(actor=actor, action=action, subject=repair_id, details=noted)


def _counting(row: RepairRow, repair: Repair) -> tuple[Approval, ...]:
    """Who has said yes to the repair as it is."""
    digest = repair_digest(repair)
    return tuple(one for one in row.signatures if one.repair_digest == digest)


def _stale(row: RepairRow, why: str) -> RefusedError:
    return RefusedError(f"{row.id} is stale: {why}; replay guided again for a new proposal")


def _ms(span: timedelta) -> int:
    return max(int(span.total_seconds() * 1000), 0)
