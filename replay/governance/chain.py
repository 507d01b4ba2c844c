"""The audit log's hash chain, so that a changed, added, missing or moved decision shows.

The format, for whoever wants to check it without us::

    audit.ndjson   one entry a line, each line ended by LF: a JSON object with the keys
                   action actor at details hash prev seq subject
                   `seq` counts from 1, `details` maps strings to strings, all others are strings.
    canonical      JSON with sorted keys, no spaces, and ASCII alone, as Python writes it:
                   json.dumps(entry, sort_keys=True, separators=(",", ":")). A line is the canonical form.
    hash           SHA-256, in hex, of the canonical form of the entry without its `hash`.
    prev           `hash` of the entry before; 64 zeros in the first.
    audit.head     a JSON object: `entries` (how many), `hash` (of the last one; 64 zeros when none), `size`
                   (bytes of audit.ndjson up to there) and `next` (null, or the hash of one entry that was being
                   appended: it may stand behind the last one, wholly or torn, or not at all).

The log is whole when every line is canonical, hashes to its `hash`, follows the one before, and the last is the
head's. The chain has no key: who can rewrite both files can rewrite history, and a copy of the head kept elsewhere
shows it.
"""

import json
from collections.abc import Sequence
from enum import StrEnum
from hashlib import sha256

import msgspec

GENESIS = "0" * 64


class AuditEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One decision, and its place in the chain."""

    seq: int
    """Counts from 1."""
    at: str
    """ISO 8601 UTC."""
    actor: str
    """Who decided."""
    action: str
    """What was done, in the past tense: `promoted`, `approved`."""
    subject: str
    """What it was done to: `NAME@V`, or the id of a repair or a run."""
    details: dict[str, str] = {}
    """What else must be known: digests, reasons."""
    prev: str
    """Hash of the entry before."""
    hash: str
    """Of this one."""


class AuditHead(msgspec.Struct, frozen=True, kw_only=True):
    """How the log ends; kept in a file of its own, so that a cut tail shows."""

    entries: int = 0
    """How many there are."""
    hash: str = GENESIS
    """Of the last one."""
    size: int = 0
    """Bytes of the log up to there."""
    next: str | None = None
    """Hash of the entry that is being appended right now."""


class ProblemKind(StrEnum):
    """What was done to the log."""

    EDITED = "edited"
    INSERTED = "inserted"
    DELETED = "deleted"
    REORDERED = "reordered"
    TRUNCATED = "truncated"


class AuditProblem(msgspec.Struct, frozen=True, kw_only=True):
    """The first place where the log is not what was written."""

    seq: int
    """The entry that was edited; the first that is missing; or the line where a foreign or moved one stands."""
    kind: ProblemKind


class AuditVerdict(msgspec.Struct, frozen=True, kw_only=True):
    """Whether the log is whole."""

    entries: int
    """Whole lines that are there."""
    ok: bool
    problem: AuditProblem | None = None


def sealed(*, head: AuditHead, at: str, actor: str, action: str, subject: str, details: dict[str, str]) -> AuditEntry:
    """The entry that follows a head.

    Args:
        head: How the log ends.
        at: When.
        actor: Who.
        action: What.
        subject: To what.
        details: What else.

    Returns:
        The entry with its hash.
    """
    entry = AuditEntry(
        seq=head.entries + 1,
        at=at,
        actor=actor,
        action=action,
        subject=subject,
        details=details,
        prev=head.hash,
        hash="",
    )
    return msgspec.structs.replace(entry, hash=hash_of(entry))


def line_of(entry: AuditEntry) -> bytes:
    """The entry as it stands in the log, its line end included."""
    return f"{_canonical(msgspec.to_builtins(entry))}\n".encode()


def hash_of(entry: AuditEntry) -> str:
    """What the entry's hash must be."""
    fields = msgspec.to_builtins(entry)
    del fields["hash"]
    return sha256(_canonical(fields).encode()).hexdigest()


def read_line(line: bytes) -> AuditEntry | None:
    """The entry of a line without its line end; None when it is not exactly as it was written."""
    try:
        entry = msgspec.json.decode(line, type=AuditEntry)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    return entry if line_of(entry) == line + b"\n" and hash_of(entry) == entry.hash else None


def check_chain(log: bytes, head: AuditHead | None) -> AuditVerdict:
    """Whether a log is whole, and if not, where it was changed and how.

    Entries that the head vouches for are found backwards, each by the hash that the one behind it names: those are
    genuine, whatever stands around them. What is missing or left over tells what was done.

    Args:
        log: All of `audit.ndjson`.
        head: What `audit.head` says; None when it is missing or unreadable.

    Returns:
        The verdict.
    """
    *lines, rest = log.split(b"\n")
    entries = [read_line(line) for line in lines]
    if head is None:
        problem = _without_head(entries) if log else None
    else:
        problem = _against_head(entries, head, torn=bool(rest))
    return AuditVerdict(entries=len(lines), ok=problem is None, problem=problem)


def _against_head(entries: Sequence[AuditEntry | None], head: AuditHead, *, torn: bool) -> AuditProblem | None:
    places, missing = _genuine(entries, head)
    if missing:
        return _gap(entries, places, head, missing)
    if places != sorted(places):
        moved = next(index for index, entry in enumerate(entries) if entry is None or entry.seq != index + 1)
        return AuditProblem(seq=moved + 1, kind=ProblemKind.REORDERED)
    extra = sorted(set(range(len(entries))) - set(places))
    if extra and not (extra == [head.entries] and _announced(entries[-1], head)):
        return AuditProblem(seq=extra[0] + 1, kind=ProblemKind.INSERTED)
    if torn and (head.next is None or extra):
        return AuditProblem(seq=len(entries) + 1, kind=ProblemKind.INSERTED)
    return None


def _genuine(entries: Sequence[AuditEntry | None], head: AuditHead) -> tuple[list[int], int]:
    """Lines of the entries that the head vouches for, first to last, and the last entry that is missing (0: none)."""
    lines: dict[str, list[int]] = {}
    for line, entry in enumerate(entries):
        if entry is not None:
            lines.setdefault(entry.hash, []).append(line)
    places: list[int] = []
    wanted, limit = head.hash, len(entries)
    for seq in range(head.entries, 0, -1):
        found = lines.get(wanted)
        if found is None:
            return places[::-1], seq
        # Of several copies, the one in order is taken; the others were inserted.
        limit = max((line for line in found if line < limit), default=found[-1])
        places.append(limit)
        entry = entries[limit]
        wanted = entry.prev if entry else GENESIS
    return places[::-1], 0


def _gap(
    entries: Sequence[AuditEntry | None], behind: Sequence[int], head: AuditHead, last_missing: int
) -> AuditProblem:
    """What became of the entries up to `last_missing`, where `behind` are the lines of those that follow it."""
    first_missing = min(_linked(entries) + 1, last_missing)
    before = first_missing - 1
    if len(entries) - before - len(behind) > 0:
        return AuditProblem(seq=first_missing, kind=ProblemKind.EDITED)
    cut = last_missing == head.entries
    return AuditProblem(seq=first_missing, kind=ProblemKind.TRUNCATED if cut else ProblemKind.DELETED)


def _linked(entries: Sequence[AuditEntry | None]) -> int:
    """How many entries follow each other from the first line on."""
    wanted = GENESIS
    for index, entry in enumerate(entries):
        if entry is None or entry.prev != wanted or entry.seq != index + 1:
            return index
        wanted = entry.hash
    return len(entries)


def _without_head(entries: Sequence[AuditEntry | None]) -> AuditProblem:
    """Nothing says where the log ends: if no line is wrong, its tail may have been cut."""
    linked = _linked(entries)
    kind = ProblemKind.TRUNCATED if linked == len(entries) else ProblemKind.EDITED
    return AuditProblem(seq=linked + 1, kind=kind)


def _announced(entry: AuditEntry | None, head: AuditHead) -> bool:
    """Whether this is the entry that was being appended when the writer was killed."""
    return entry is not None and entry.hash == head.next and entry.prev == head.hash and entry.seq == head.entries + 1


def _canonical(value: object) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"))
