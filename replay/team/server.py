"""All that a team keeps on its PostgreSQL server, each part made when it is first needed."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path

from replay.governance.chain import AuditProblem
from replay.library.rows import RepairRow, VersionRow
from replay.team.audit import TeamAudit
from replay.team.catalog import TeamCatalog
from replay.team.claiming import forget_old_tokens
from replay.team.connection import PATIENCE_S, Connection, Connections, Statement
from replay.team.documents import Documents
from replay.team.heads import HeadCopy
from replay.team.migrating import migrate
from replay.team.people import People
from replay.team.standing import Active, astray, strangers, written_anew

_ACTIVE = """SELECT id, body ->> 'digest', body ->> 'text_sha256', content
FROM replaybook.documents JOIN replaybook.playbooks ON id = replaybook.version_of(path)
WHERE body ->> 'status' = 'active'"""


class Team:
    """The team's database."""

    def __init__(
        self,
        dsn: str,
        *,
        home: Path | None = None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        patience_s: float = PATIENCE_S,
    ) -> None:
        """Connect to nothing yet.

        Args:
            dsn: `postgresql://…` or `key=value …`, as libpq takes it.
            home: Where the head of the audit log is kept that was seen last; None: nowhere.
            clock: UTC now.
            patience_s: How long a server that is away is waited for.

        Raises:
            BadInputError: The address is none.
        """
        self.dsn = dsn
        """As it was given: it may hold a password."""
        self.connections = Connections(dsn, prepare=self._prepared, patience_s=patience_s)
        """What all parts speak through; a transaction of one is a transaction of all."""
        self._home = home
        self._clock = clock

    @cached_property
    def catalog(self) -> TeamCatalog:
        """The rows."""
        return TeamCatalog(self.connections)

    @cached_property
    def documents(self) -> Documents:
        """The files that rows are about, and the numbers of all changes."""
        return Documents(self.connections, self.catalog)

    @cached_property
    def audit(self) -> TeamAudit:
        """The log of decisions."""
        copy = HeadCopy(self._home, self.connections.where) if self._home else None
        return TeamAudit(self.connections, clock=self._clock, copy=copy, astray=self._astray)

    @cached_property
    def people(self) -> People:
        """Who is who, and how many must say yes."""
        return People(self.connections, self.audit)

    def _astray(self) -> Iterator[AuditProblem]:
        """What of the rows does not follow from the log."""
        entries = self.audit.entries()
        yield from astray(entries, self.catalog.find(VersionRow), self.catalog.find(RepairRow))
        rows = self.connections.read(Statement(_ACTIVE))
        yield from written_anew(entries, (Active(*row) for row in rows))
        roster = self.people.roster()
        yield from strangers(entries, roster.members, roster.others, owners=[self.people.owner()])

    def close(self) -> None:
        """Leave the server."""
        self.connections.close()

    def _prepared(self, connection: Connection) -> None:
        migrate(connection)
        if self.connections.first:
            forget_old_tokens(connection)
