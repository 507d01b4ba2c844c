"""The audit log of a team: the lines of `audit.ndjson` as rows that the database lets nobody change."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime

import msgspec

from capture.errors import RefusedError
from replay.governance.chain import (
    AuditEntry,
    AuditHead,
    AuditProblem,
    AuditVerdict,
    head_line,
    line_of,
    read_line,
    sealed,
)
from replay.governance.tampering import check_chain, check_copy
from replay.library.ids import stamp
from replay.team.connection import Connections, Statement
from replay.team.heads import HeadCopy

_HEAD = "SELECT entries, hash, size FROM replaybook.audit_head"
_LOCKED = "SELECT entries, hash, size FROM replaybook.lock_head()"
_LINES = "SELECT line FROM replaybook.audit ORDER BY seq"
_ALL = """SELECT coalesce((SELECT string_agg(line, '' ORDER BY seq) FROM replaybook.audit), ''), entries, hash, size
FROM replaybook.audit_head"""
_HASH = "SELECT hash FROM replaybook.audit WHERE seq = %s"
_APPEND = "INSERT INTO replaybook.audit (seq, line) VALUES (%s, %s)"
_COPYING = "SELECT set_config('replaybook.copying', 'on', true)"


class TeamAudit:
    """The log of decisions that many homes share; the same lines, head and verdict as `AuditLog`.

    A decision and what follows of it are one transaction, so that neither is there without the other. Each home keeps
    the head that it saw last, and holds the log against it.
    """

    def __init__(
        self,
        connections: Connections,
        *,
        clock: Callable[[], datetime],
        copy: HeadCopy | None = None,
        astray: Callable[[], Iterable[AuditProblem]] = tuple,
    ) -> None:
        """Read nothing yet.

        Args:
            connections: To the database.
            clock: UTC now.
            copy: Where this home keeps the head; None: nowhere.
            astray: Tells what of the rows does not follow from the log.
        """
        self._connections = connections
        self._clock = clock
        self._copy = copy
        self._astray = astray

    def append(self, *, actor: str, action: str, subject: str, details: Mapping[str, str] | None = None) -> AuditEntry:
        """See `AuditLog.append`; inside a transaction it is kept with that.

        Raises:
            RefusedError: It is in another's name, or nobody may decide that alone.
            HostError: The server went away; nothing was decided.
        """
        with self._connections.transaction():
            entry = sealed(
                head=_head(self._connections.read(Statement(_LOCKED))[0]),
                at=stamp(self._clock()),
                actor=actor,
                action=action,
                subject=subject,
                details=details or {},
            )
            self._connections.write(Statement(_APPEND, (entry.seq, line_of(entry))))
            self._connections.afterwards(self._keep)
        return entry

    def entries(self) -> tuple[AuditEntry, ...]:
        """See `AuditLog.entries`."""
        rows = self._connections.read(Statement(_LINES))
        found = (read_line(bytes(line).removesuffix(b"\n")) for (line,) in rows)
        return tuple(entry for entry in found if entry is not None)

    def length(self) -> int | None:
        """See `AuditLog.length`."""
        rows = self._connections.read(Statement(_HEAD))
        return _head(rows[0]).entries if rows else None

    def verify(self, copy: bytes | None = None) -> AuditVerdict:
        """See `AuditLog.verify`; held against the head that this home keeps as well, and the rows against the log."""
        with self._connections.transaction():
            log, head = self.files()
            verdict = check_chain(log, head)
            for one in (copy, self._copy.content() if self._copy else None):
                verdict = verdict if one is None else check_copy(log, one, verdict)
            verdict = _with(verdict, self._astray())
            if verdict.ok:
                self._connections.afterwards(self._keep)
        return verdict

    def files(self) -> tuple[bytes, bytes | None]:
        """What `audit.ndjson` and `audit.head` of this log hold; no head: the row of it is gone."""
        rows = self._connections.read(Statement(_ALL))
        if not rows:
            return b"".join(bytes(line) for (line,) in self._connections.read(Statement(_LINES))), None
        log, *head = rows[0]
        return bytes(log), head_line(_head(head))

    def take(self, log: bytes) -> int:
        """Take another log in, line by line as it is; only where there is none yet, and only as the schema's owner.

        Args:
            log: All of an `audit.ndjson` that is whole.

        Returns:
            How many entries it has.

        Raises:
            RefusedError: There is a log already, or the role is not the owner.
        """
        lines = log.splitlines(keepends=True)
        with self._connections.transaction():
            if self.length():
                raise RefusedError("the team's audit log is begun already; copy into a database that has none")
            self._connections.read(Statement(_COPYING))
            for seq, line in enumerate(lines, 1):
                self._connections.write(Statement(_APPEND, (seq, line)))
            self._connections.afterwards(self._keep)
        return len(lines)

    def unseen(self) -> str | None:
        """Why the log is not the one that this home saw last, in a clause; None: it goes on from there."""
        seen = self._copy.head() if self._copy else None
        if seen is None or seen.entries == 0:
            return None
        rows = self._connections.read(Statement(_HASH, (seen.entries,)))
        if rows and rows[0][0] == seen.hash:
            return None
        return f"entry {seen.entries} is not the one that this home saw"

    def _keep(self) -> None:
        """Note the head, unless it may still be taken back or is no sequel of the one noted before."""
        if self._copy is None or self.unseen():
            return
        rows = self._connections.read(Statement(_HEAD))
        if rows:
            self._copy.keep(_head(rows[0]))


def _head(row: Iterable[object]) -> AuditHead:
    entries, hash_, size = row
    return msgspec.convert({"entries": entries, "hash": hash_, "size": size}, AuditHead)


def _with(verdict: AuditVerdict, more: Iterable[AuditProblem]) -> AuditVerdict:
    problems = (*verdict.problems, *more)
    return msgspec.structs.replace(
        verdict, ok=not problems, problem=problems[0] if problems else None, problems=problems
    )
