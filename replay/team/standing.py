"""Holds a team's rows against its audit log: what stands there and no decision led to was done behind the triggers."""

from collections.abc import Iterable, Iterator, Sequence
from hashlib import sha256
from typing import NamedTuple

import msgspec

from capture.errors import ReplaybookError
from replay import document
from replay.governance.audit import Action
from replay.governance.chain import AuditEntry, AuditProblem, ProblemKind
from replay.governance.rebuild import Past
from replay.library.rows import RepairRow, VersionRow
from replay.playbook import VersionStatus
from replay.repairs.proposal import RepairStatus

_YES = {Action.SIGNED, Action.APPROVED}
_ANSWERED = {
    RepairStatus.PROPOSED: (),
    RepairStatus.STALE: (),
    RepairStatus.REJECTED: (Action.REJECTED,),
    RepairStatus.CHANGES_REQUESTED: (Action.CHANGES_REQUESTED,),
}
"""What the log must tell of a repair that stands so; of all others, an approval."""


class Admitted(msgspec.Struct, frozen=True, kw_only=True):
    """Who a role of the server signs as."""

    role: str
    person: str
    admin: bool = False


class Active(NamedTuple):
    """An active version, with its document."""

    ref: str
    """`NAME@V`."""
    digest: str
    """Of the playbook, as the row has it."""
    text_sha256: str
    """Of the document, as the row has it."""
    content: bytes
    """The document as it is."""


def astray(
    entries: Sequence[AuditEntry],
    versions: Iterable[VersionRow],
    repairs: Iterable[RepairRow],
) -> Iterator[AuditProblem]:
    """What of the versions and repairs does not follow from the log.

    Args:
        entries: All of it.
        versions: As they stand.
        repairs: As they stand.
    """
    known = {row.id: row for row in versions}
    answered = {row.id: row for row in repairs}
    past = Past(
        versions={
            row.id: msgspec.structs.replace(row, status=VersionStatus.DRAFT, promoted=None, overridden=False)
            for row in known.values()
        },
        repairs={
            row.id: msgspec.structs.replace(
                row, status=RepairStatus.PROPOSED, approval=None, signatures=(), created_version=None
            )
            for row in answered.values()
        },
    )
    past.relive(entries)
    said = [*_versions(known.values(), past.versions), *_repairs(answered.values(), entries)]
    return (_problem(clause, len(entries)) for clause in said)


def written_anew(entries: Sequence[AuditEntry], documents: Iterable[Active]) -> Iterator[AuditProblem]:
    """Active versions whose document is not the one that was decided about.

    Args:
        entries: All of the log.
        documents: Of the active versions.
    """
    for one in documents:
        if sha256(one.content).hexdigest() != one.text_sha256 or _digest(one.content) != one.digest:
            yield _problem(f"the document of {one.ref} is another one than was decided about", len(entries))


def strangers(
    entries: Sequence[AuditEntry], people: Iterable[Admitted], rules: dict[str, int], *, owners: Iterable[str]
) -> Iterator[AuditProblem]:
    """Who signs and which rules hold without that anybody decided so.

    Args:
        entries: All of the log.
        people: Who is admitted.
        rules: How many others each asks for.
        owners: Roles that could do everything, and need no admission.
    """
    told: dict[str, AuditEntry | None] = {}
    asked = dict.fromkeys(rules, 0)
    for entry in entries:
        if entry.action in (Action.ADMITTED, Action.DISMISSED):
            told[entry.subject] = entry if entry.action == Action.ADMITTED else None
        elif entry.action == Action.REQUIRED and entry.subject in asked:
            asked[entry.subject] = int(entry.details.get("others", "0"))
    unasked = set(owners)
    for one in people:
        found = told.get(one.role)
        details = {"person": one.person, "admin": "yes" if one.admin else "no"}
        if one.role not in unasked and (found is None or found.details != details):
            yield _problem(f"{one.role} signs as {one.person}, and no decision says so", len(entries))
    for rule, others in rules.items():
        if others != asked[rule]:
            clause = f"the rule for {rule} asks for {others} others, and the decisions for {asked[rule]}"
            yield _problem(clause, len(entries))


def _digest(content: bytes) -> str | None:
    """Of the playbook that a document holds; None: it holds none."""
    try:
        return document.digest(document.load(content.decode(), where="the team catalog"))
    except (ReplaybookError, UnicodeDecodeError):
        return None


def _versions(rows: Iterable[VersionRow], past: dict[str, VersionRow]) -> Iterator[str]:
    """Where a version is trusted more than the log tells, or what it forbids is not."""
    firm = (VersionStatus.ACTIVE, VersionStatus.DISABLED)
    for row in rows:
        told = past[row.id].status
        if row.status is not told and (row.status in firm or told in firm or row.status is VersionStatus.SHADOW):
            yield f"{row.ref} is {row.status}, and by the decisions about that document it is {told}"


def _repairs(rows: Iterable[RepairRow], entries: Iterable[AuditEntry]) -> Iterator[str]:
    yes = {
        (entry.subject, entry.actor, entry.details.get("repair_digest")) for entry in entries if entry.action in _YES
    }
    told = {(entry.subject, entry.action) for entry in entries}
    for row in rows:
        given = (*row.signatures, *((row.approval,) if row.approval else ()))
        for one in given:
            if (row.id, one.actor, one.repair_digest) not in yes:
                yield f"{row.id} has a yes of {one.actor}, and no decision says so"
                break
        else:
            wanted = _ANSWERED.get(row.status, (Action.APPROVED,))
            if any((row.id, action) not in told for action in wanted):
                yield f"{row.id} is {row.status}, and no decision says so"


def _problem(clause: str, entries: int) -> AuditProblem:
    return AuditProblem(seq=entries + 1, kind=ProblemKind.EDITED, line=entries + 1, file="catalog", row=clause)
