"""Makes a lost or damaged catalog again: what exists from the files, where it stands from the audit log."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import msgspec

from capture.errors import RefusedError, ReplaybookError
from capture.home import Home
from capture.tape.reader import load_run, run_ids
from replay.governance.audit import Action, AuditLog
from replay.governance.bound import row_of
from replay.governance.chain import AuditEntry
from replay.governance.promotion import (
    VALIDATION_DETAIL,
    disabled,
    promoted,
    repair_promoted,
    repair_validated,
    rolled_back,
    validated,
)
from replay.governance.states import RepairAct, next_repair_status
from replay.library.catalog import TinyCatalog
from replay.library.listed import replay_row, run_row
from replay.library.records import repair_records, replay_records
from replay.library.register import Register
from replay.library.rows import Approval, MarkRow, RepairRow, ReplayRow, RunRow, ValidationRow, VersionRow, fetched_from
from replay.library.shelf import Shelf
from replay.library.storage import CorruptCatalogError

MARK = "audit"
"""The row that says how far the log is in the catalog."""


def open_catalog(
    home: Home, audit: AuditLog, *, clock: Callable[[], datetime], tell: Callable[[str], None]
) -> TinyCatalog:
    """The catalog of a home, rebuilt first when it is damaged, or gone while there are files.

    Args:
        home: Prepared.
        audit: Its log.
        clock: For the name of a file that is set aside.
        tell: Is told, in one line, when something was rebuilt.

    Returns:
        A catalog that can be read.

    Raises:
        HostError: It can't be locked or written.
    """
    catalog = CaughtUp(home.catalog, audit)
    if _damage(catalog, home) is None:
        return catalog
    with catalog.storage.exclusive():
        # Another process may have rebuilt it while we waited.
        damage = _damage(catalog, home)
        if damage is not None:
            aside = catalog.storage.set_aside(f"damaged-{clock():%Y%m%d-%H%M%S}")
            rebuild(home, catalog, audit, clock=clock)
            kept = f"; the old one is {aside}" if aside else ""
            # A home that so far holds recordings alone may never have had one: nothing of it can be lost.
            if aside or Shelf(home).names() or home.audit.exists():
                tell(f"{damage}: rebuilt from the files{kept}")
    return catalog


def rebuild(home: Home, catalog: TinyCatalog, audit: AuditLog, *, clock: Callable[[], datetime]) -> None:
    """Fill an empty catalog from the files.

    States follow from the audit log, as far as they were given to documents that are still the same. When the log is
    not whole, nothing in it is believed but what forbids: every version is a draft, or disabled.

    Args:
        home: Whose files.
        catalog: Empty.
        audit: The home's log.
        clock: For what no file says.
    """
    register = Register(catalog, Shelf(home), clock=clock)
    trusted = audit.verify().ok
    with catalog.transaction():
        catalog.put(*_run_rows(home), *_replay_rows(home))
        past = Past(
            versions={row.id: row for row in register.rows() if row.problem is None},
            repairs={repair.repair_id: row_of(repair) for repair in repair_records(home).readable()},
        )
        past.relive(entry for entry in audit.entries() if trusted or entry.action == Action.DISABLED)
        catalog.put(*past.versions.values(), *past.repairs.values(), *past.validations.values())


class CaughtUp(TinyCatalog):
    """A catalog that lags behind no decision.

    A decision is logged before the catalog is changed, and both are not one write. Where a process was killed between
    them, or the disk was full, what the log says beyond the catalog has its effect before anything else is decided.
    """

    def __init__(self, path: Path, audit: AuditLog) -> None:
        super().__init__(path)
        self._log = audit

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """See `Catalog.transaction`."""
        if self.storage.within:
            yield
            return
        with super().transaction():
            before = self._catch_up()
            yield
            self._mark(self._log.length(), before)

    def _catch_up(self) -> int | None:
        """Take in what was decided since; returns how far the log is, None when it can't tell."""
        mark, length = self.get(MarkRow, MARK), self._log.length()
        if length is None:
            return None
        if mark is not None and mark.entries < length:
            missed = [one for one in self._log.entries() if mark.entries < one.seq <= length and one.action in _ACTS]
            if missed and self._log.verify().ok:
                past = Past(
                    versions={row.id: row for row in self.find(VersionRow)},
                    repairs={row.id: row for row in self.find(RepairRow)},
                    validations={row.id: row for row in self.find(ValidationRow)},
                )
                past.relive(missed)
                self.put(*past.versions.values(), *past.repairs.values(), *past.validations.values())
        self._mark(length, mark.entries if mark else None)
        return length

    def _mark(self, length: int | None, known: int | None) -> None:
        if length is not None and length != known:
            self.put(MarkRow(id=MARK, entries=length))


@dataclass
class Past:
    """Rows on their way from what they were at first to what the audit log made of them.

    Attributes:
        versions: By id.
        repairs: By id.
        validations: By id.
    """

    versions: dict[str, VersionRow] = field(default_factory=dict)
    repairs: dict[str, RepairRow] = field(default_factory=dict)
    validations: dict[str, ValidationRow] = field(default_factory=dict)

    def relive(self, entries: Iterable[AuditEntry]) -> None:
        """Do again what each entry says, where it is still possible."""
        for entry in entries:
            act = _ACTS.get(entry.action)
            if act is None:
                continue
            try:
                act(self, entry)
            except (RefusedError, KeyError, ValueError):
                # Its document was removed or edited since: the decision was about another one.
                continue

    def same(self, entry: AuditEntry) -> VersionRow:
        """The version that the entry is about.

        Raises:
            KeyError: There is none, or it is another document now.
        """
        row = self.versions[entry.subject]
        if row.digest != entry.details["digest"]:
            raise KeyError(entry.subject)
        return row

    def siblings(self, row: VersionRow) -> list[VersionRow]:
        """All versions of its playbook."""
        return [other for other in self.versions.values() if other.name == row.name]

    def made_by(self, row: VersionRow) -> list[RepairRow]:
        """The repairs that went into it."""
        return [
            repair
            for repair in self.repairs.values()
            if (repair.playbook, repair.created_version) == (row.name, row.version)
        ]

    def take(self, *rows: VersionRow | RepairRow) -> None:
        """Let these be what is known now."""
        for row in rows:
            if isinstance(row, VersionRow):
                self.versions[row.id] = row
            else:
                self.repairs[row.id] = row


def _relive_validated(past: Past, entry: AuditEntry) -> None:
    validation = msgspec.json.decode(entry.details[VALIDATION_DETAIL], type=ValidationRow)
    past.validations[validation.id] = validation
    row = past.same(entry)
    past.take(validated(row, validation), *(repair_validated(repair, validation) for repair in past.made_by(row)))


def _relive_promoted(past: Past, entry: AuditEntry) -> None:
    row = past.same(entry)
    changed = promoted(past.siblings(row), row, overridden="override" in entry.details)
    past.take(*changed, *map(repair_promoted, past.made_by(row)))


def _relive_rolled_back(past: Past, entry: AuditEntry) -> None:
    row = past.same(entry)
    changed = rolled_back(past.siblings(row), row.name)
    if changed[-1].id == row.id:
        past.take(*changed)


def _relive_disabled(past: Past, entry: AuditEntry) -> None:
    past.take(disabled(past.versions[entry.subject]))


def _relive_fetched(past: Past, entry: AuditEntry) -> None:
    source = fetched_from(entry.details["from"], entry.details["as"])
    past.take(msgspec.structs.replace(past.same(entry), made_from=(source,)))


def _relive_signed(past: Past, entry: AuditEntry) -> None:
    row = past.repairs[entry.subject]
    next_repair_status(row.status, RepairAct.APPROVE, subject=row.id)
    signatures = (*row.signatures, _given(entry))
    past.take(msgspec.structs.replace(row, signatures=signatures, wants="another person must approve it as well"))


def _relive_approved(past: Past, entry: AuditEntry) -> None:
    _answer(past, entry, RepairAct.APPROVE, _given(entry))


def _given(entry: AuditEntry) -> Approval:
    details = entry.details
    validation = details["validation_digest"]
    return Approval(
        repair_id=entry.subject,
        repair_digest=details["repair_digest"],
        base_digest=details["base_digest"],
        validation_digest=None if validation == "none" else validation,
        actor=entry.actor,
        at=entry.at,
    )


def _relive_applied(past: Past, entry: AuditEntry) -> None:
    row = past.repairs[entry.subject]
    version = int(entry.details["version"])
    approval = row.approval and msgspec.structs.replace(row.approval, used_for=version)
    past.take(msgspec.structs.replace(row, created_version=version, approval=approval))


def _relive_rejected(past: Past, entry: AuditEntry) -> None:
    _answer(past, entry, RepairAct.REJECT, None)


def _relive_changes_requested(past: Past, entry: AuditEntry) -> None:
    _answer(past, entry, RepairAct.REQUEST_CHANGES, None)


def _answer(past: Past, entry: AuditEntry, act: RepairAct, approval: Approval | None) -> None:
    row = past.repairs[entry.subject]
    status = next_repair_status(row.status, act, subject=row.id)
    signatures = (*row.signatures, approval) if approval else row.signatures
    note = entry.details.get("note")
    past.take(msgspec.structs.replace(row, status=status, note=note, approval=approval, signatures=signatures))


_ACTS: Mapping[str, Callable[[Past, AuditEntry], None]] = {
    Action.VALIDATED: _relive_validated,
    Action.PROMOTED: _relive_promoted,
    Action.ROLLED_BACK: _relive_rolled_back,
    Action.DISABLED: _relive_disabled,
    Action.FETCHED: _relive_fetched,
    Action.SIGNED: _relive_signed,
    Action.APPROVED: _relive_approved,
    Action.APPLIED: _relive_applied,
    Action.REJECTED: _relive_rejected,
    Action.CHANGES_REQUESTED: _relive_changes_requested,
}


def _damage(catalog: TinyCatalog, home: Home) -> str | None:
    """What is wrong with the catalog."""
    if not home.catalog.exists():
        return f"{home.catalog} is gone" if Shelf(home).names() or run_ids(home) else None
    try:
        catalog.check()
    except CorruptCatalogError as error:
        return str(error)
    return None


def _run_rows(home: Home) -> list[RunRow]:
    rows: list[RunRow] = []
    for run_id in run_ids(home):
        try:
            run = load_run(home, run_id)
        except ReplaybookError:
            # One damaged recording hides no other.
            continue
        rows.append(run_row(run))
    return rows


def _replay_rows(home: Home) -> list[ReplayRow]:
    return [replay_row(replay) for replay in replay_records(home).readable()]
