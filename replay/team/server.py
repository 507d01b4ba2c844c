"""All that a team keeps on its PostgreSQL server, each part made when it is first needed."""

from functools import cached_property

from capture.errors import BadInputError

INSTALL = "the team catalog needs psycopg; install it with `pip install 'replaybook[team]'`"
VARIABLE = "REPLAYBOOK_CATALOG"
"""The environment variable that names the server."""

try:
    from replay.team.catalog import TeamCatalog
    from replay.team.connection import PATIENCE_S, Connection, Connections, forget_old_writes
    from replay.team.migrating import migrate
except ModuleNotFoundError as error:
    if (error.name or "").partition(".")[0] != "psycopg":
        raise
    raise BadInputError(INSTALL) from error


class Team:
    """The team's database."""

    def __init__(self, dsn: str, *, patience_s: float = PATIENCE_S) -> None:
        """Connect to nothing yet.

        Args:
            dsn: `postgresql://…` or `key=value …`, as libpq takes it.
            patience_s: How long a server that is away is waited for.

        Raises:
            BadInputError: The address is none.
        """
        self.dsn = dsn
        """As it was given: it may hold a password."""
        self.connections = Connections(dsn, prepare=self._prepared, patience_s=patience_s)
        """What all parts speak through; a transaction of one is a transaction of all."""

    @cached_property
    def catalog(self) -> TeamCatalog:
        """The rows."""
        return TeamCatalog(self.connections)

    def close(self) -> None:
        """Leave the server."""
        self.connections.close()

    def _prepared(self, connection: Connection) -> None:
        migrate(connection)
        if self.connections.first:
            forget_old_writes(connection)
