"""The audit log's hash chain: its entries and its head, as they stand in their files (on paper: `audit_format`)."""

import json
from collections.abc import Mapping
from enum import StrEnum
from hashlib import sha256
from typing import Annotated

import msgspec

GENESIS = "0" * 64
"""Stands for the hash of what is before the first entry."""
LOG_NAME, HEAD_NAME = "audit.ndjson", "audit.head"
"""The two files of the log."""


Hash = Annotated[str, msgspec.Meta(pattern=r"\A[0-9a-f]{64}\Z")]
"""SHA-256 in hex."""
Count = Annotated[int, msgspec.Meta(ge=0)]
"""How many."""


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

    entries: Count = 0
    """How many there are."""
    hash: Hash = GENESIS
    """Of the last one."""
    size: Count = 0
    """Bytes of the log up to there."""
    next: Hash | None = None
    """Hash of the entry that is being appended right now."""


class ProblemKind(StrEnum):
    """What was done to the log."""

    EDITED = "edited"
    INSERTED = "inserted"
    DELETED = "deleted"
    REORDERED = "reordered"
    TRUNCATED = "truncated"


class AuditProblem(msgspec.Struct, frozen=True, kw_only=True):
    """A place where the log is not what was written."""

    seq: int
    """The entry that was edited; the first that is missing; the line where a foreign or moved one stands; one behind
    the last entry when it is the head that was changed."""
    kind: ProblemKind
    line: int
    """Of the file, from 1: where it stands, or would."""
    entries: int = 1
    """How many entries in a row it happened to."""
    file: str = LOG_NAME
    """Which of the two files."""
    row: str | msgspec.UnsetType = msgspec.UNSET
    """What of a team's catalog does not follow from the log, in a clause."""

    @property
    def words(self) -> str:
        """For a person."""
        if self.row:
            return self.row
        if self.file == HEAD_NAME:
            return f"{HEAD_NAME}, which says how the log ends, was {self.kind}"
        if self.kind in {ProblemKind.INSERTED, ProblemKind.REORDERED}:
            many = f"{self.entries} lines were" if self.entries > 1 else "one line was"
            return f"{many} {self.kind} from line {self.line} on"
        if self.entries == 1:
            return f"entry {self.seq} was {self.kind}, line {self.line}"
        return f"entries {self.seq} to {self.seq + self.entries - 1} were {self.kind}, from line {self.line} on"


class AuditVerdict(msgspec.Struct, frozen=True, kw_only=True):
    """Whether the log is whole."""

    entries: int
    """Whole lines that are there."""
    ok: bool
    problem: AuditProblem | None = None
    """The first one."""
    problems: tuple[AuditProblem, ...] = ()
    """All of them, in the order of the file."""
    proved: int = 0
    """How many of the last entries the head vouches for; all of them when it is whole."""
    head: str | None = None
    """Hash of the last entry, as the head has it; None when the head can't be read."""

    @property
    def counted(self) -> str:
        """How many entries there are, for a person."""
        return "1 entry" if self.entries == 1 else f"{self.entries} entries"

    @property
    def words(self) -> str:
        """For a person: whether it is whole, else the first problem and how many there are."""
        if self.problem is None:
            return f"{self.counted}, whole"
        more = len(self.problems) - 1
        return self.problem.words + (f"; {more} more problem{'s' if more > 1 else ''} behind it" if more else "")


def sealed(
    *, head: AuditHead, at: str, actor: str, action: str, subject: str, details: Mapping[str, str]
) -> AuditEntry:
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
        actor=_text(actor),
        action=_text(action),
        subject=_text(subject),
        details={_text(key): _text(value) for key, value in details.items()},
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


def head_line(head: AuditHead) -> bytes:
    """The head as it stands in its file."""
    return msgspec.json.encode(head) + b"\n"


def read_head(content: bytes) -> AuditHead | None:
    """The head that a file holds; None when it is not exactly as it was written."""
    try:
        head = msgspec.json.decode(content, type=AuditHead)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    return head if head_line(head) == content else None


def _canonical(value: object) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"))


def _text(given: str) -> str:
    """The text without half characters, which UTF-8 can't hold."""
    return given.encode("utf-8", "replace").decode()
