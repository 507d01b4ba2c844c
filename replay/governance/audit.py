"""The record of who decided what, on disk: appended to, never changed, whole after any crash."""

import os
from collections.abc import Callable, Mapping
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Protocol

import msgspec

from capture.errors import HostError, RefusedError
from capture.home import PRIVATE_FILE
from replay.governance.chain import (
    AuditEntry,
    AuditHead,
    AuditVerdict,
    head_line,
    line_of,
    read_head,
    read_line,
    sealed,
)
from replay.governance.tampering import check_chain, check_copy
from replay.library.durable import ProcessLock, content_of, drop_partials, replace_file, sync_folder, write_all
from replay.library.ids import stamp


class Action(StrEnum):
    """What is recorded; another word may be, but nothing is rebuilt from it."""

    COMPILED = "compiled"
    UPDATED = "updated"
    """A version was made whose expectations fit another run."""
    WRITTEN = "written"
    """A person wrote a version of another one."""
    REMOVED = "removed"
    EDITED = "edited"
    """A recording was edited, redacted or purged."""
    SIGNED = "signed"
    """A person said yes to a repair or a version, and others must before it counts."""
    APPROVED = "approved"
    """A person approved a repair, and all who must have did."""
    REJECTED = "rejected"
    CHANGES_REQUESTED = "changes-requested"
    APPLIED = "applied"
    """An approval was used: a version was made."""
    VALIDATED = "validated"
    PROMOTED = "promoted"
    ROLLED_BACK = "rolled-back"
    DISABLED = "disabled"
    FROZEN = "frozen"
    """All replays were stopped, and none may begin."""
    THAWED = "thawed"
    SETTLED = "settled"
    """A person said whether a step happened that a killed replay left unknown."""
    IMPORTED = "imported"
    """A playbook was made of another tool's document."""
    PUBLISHED = "published"
    """A version, or a recording, went where others read it."""
    FETCHED = "fetched"
    """A version came from there, as a draft, or a recording."""
    SOURCE_ALLOWED = "source-allowed"
    """A person has seen what goes to a source outside of this machine, and said yes."""
    SOURCE_WITHDRAWN = "source-withdrawn"
    """Nothing more may go to it."""
    ADMITTED = "admitted"
    """A role of a team's server signs as a person from now on."""
    DISMISSED = "dismissed"
    """It does so no longer."""
    REQUIRED = "required"
    """How many others must say yes was changed."""


class Recorder(Protocol):
    """Where decisions are recorded; what governance sees of the log."""

    def append(self, *, actor: str, action: str, subject: str, details: Mapping[str, str] | None = None) -> AuditEntry:
        """Record a decision; when it returns, the entry is on disk."""
        ...


class Log(Recorder, Protocol):
    """The record of decisions, wherever it is kept."""

    def entries(self) -> tuple[AuditEntry, ...]:
        """All entries that are as they were written, in the order in which they stand."""
        ...

    def length(self) -> int | None:
        """How many entries there are; None when its head is gone or damaged."""
        ...

    def verify(self, copy: bytes | None = None) -> AuditVerdict:
        """Whether the log is whole, and if not, where it was changed and how; see `AuditLog.verify`."""
        ...


class AuditLog:
    """`audit.ndjson` and the head beside it (their format is in `audit_format`)."""

    def __init__(self, path: Path, *, clock: Callable[[], datetime]) -> None:
        self._path = path
        self._head_path = path.with_suffix(".head")
        self._clock = clock
        self._lock = ProcessLock(path.with_name(f"{path.name}.lock"))

    def append(self, *, actor: str, action: str, subject: str, details: Mapping[str, str] | None = None) -> AuditEntry:
        """Record a decision; when it returns, the entry is on disk.

        The head announces the entry, then the entry is written, then the head takes it in: after a kill between any
        two of them, the next append and `verify` know what was going on.

        Args:
            actor: Who decided.
            action: What was done, in the past tense.
            subject: To what.
            details: What else must be known.

        Returns:
            The entry.

        Raises:
            RefusedError: The head is gone or damaged, so that the log can't be gone on with.
            HostError: The disk said no.
        """
        with self._lock.held():
            head = self._settled_head()
            entry = sealed(
                head=head,
                at=stamp(self._clock()),
                actor=actor,
                action=action,
                subject=subject,
                details=details or {},
            )
            self._write_head(msgspec.structs.replace(head, next=entry.hash))
            size = self._write_line(line_of(entry))
            self._write_head(AuditHead(entries=entry.seq, hash=entry.hash, size=size))
            return entry

    def entries(self) -> tuple[AuditEntry, ...]:
        """All entries that are as they were written, in the order in which they stand."""
        with self._lock.held():
            found = (read_line(line) for line in self._read_log().split(b"\n"))
            return tuple(entry for entry in found if entry is not None)

    def length(self) -> int | None:
        """How many entries there are; None when its head is gone or damaged."""
        with self._lock.held():
            try:
                return self._settled_head().entries
            except RefusedError:
                return None

    def files(self) -> dict[Path, bytes]:
        """Log and head as they stand at one moment, for who copies them; those that are not there are left out."""
        with self._lock.held():
            contents = {path: content_of(path) for path in (self._path, self._head_path)}
            return {path: content for path, content in contents.items() if content is not None}

    def verify(self, copy: bytes | None = None) -> AuditVerdict:
        """Whether the log is whole, and if not, where it was changed and how.

        Args:
            copy: What `audit.head` held once: the log must still hold all that it vouches for.

        Raises:
            BadInputError: The copy is none.
        """
        with self._lock.held():
            head = content_of(self._head_path)
            if head is None and self._path.exists():
                # The head is written first: a log that has none, empty or not, had one.
                head = b""
            log = self._read_log()
            verdict = check_chain(log, head)
            return verdict if copy is None else check_copy(log, copy, verdict)

    def _settled_head(self) -> AuditHead:
        """The head, with what a killed writer left taken in or cut off."""
        drop_partials(self._head_path)
        head = self._read_head()
        if head is None:
            if self._path.exists() or self._head_path.exists():
                raise RefusedError(
                    f"{self._head_path} is gone or damaged, so nothing says where {self._path.name} ends; "
                    "put it back, or move both away to begin a new log"
                )
            return AuditHead()
        if head.next is None or self._size() <= head.size:
            return head
        return self._settle(head, self._read_log()[head.size :])

    def _settle(self, head: AuditHead, tail: bytes) -> AuditHead:
        line, ended, beyond = tail.partition(b"\n")
        entry = read_line(line) if ended else None
        if entry is not None and entry.hash == head.next and not beyond:
            return AuditHead(entries=entry.seq, hash=entry.hash, size=head.size + len(tail))
        if not ended:
            os.truncate(self._path, head.size)
        return head

    def _write_line(self, line: bytes) -> int:
        created = not self._path.exists()
        flags = os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC
        try:
            descriptor = os.open(self._path, flags, PRIVATE_FILE)
            try:
                size = os.fstat(descriptor).st_size
                if size and os.pread(descriptor, 1, size - 1) != b"\n":
                    # Someone cut into the last line; ours must still be one of its own.
                    line = b"\n" + line
                write_all(descriptor, line)
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
            if created:
                sync_folder(self._path.parent)
        except OSError as error:
            raise HostError(f"{self._path} can't be written: {error.strerror}; nothing was decided") from error
        return size + len(line)

    def _write_head(self, head: AuditHead) -> None:
        replace_file(self._head_path, head_line(head))

    def _read_head(self) -> AuditHead | None:
        content = content_of(self._head_path)
        return None if content is None else read_head(content)

    def _read_log(self) -> bytes:
        return content_of(self._path) or b""

    def _size(self) -> int:
        try:
            return self._path.stat().st_size
        except FileNotFoundError:
            return 0
