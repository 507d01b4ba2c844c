"""How a team's server stands, for who asks after it: there or not, how old, what time it has, and who one is to it."""

from collections.abc import Callable
from datetime import UTC, datetime

import msgspec

from replay.team.connection import Statement
from replay.team.people import Roster
from replay.team.server import Team

_SERVER = """SELECT current_setting('server_version'), (SELECT max(number) FROM replaybook.migrations),
extract(epoch FROM clock_timestamp())::float8"""


class Looked(msgspec.Struct, frozen=True, kw_only=True):
    """A server that answers."""

    where: str
    """`HOST:PORT/NAME`."""
    version: str
    """Of PostgreSQL."""
    schema: int
    """The number of the last migration."""
    skew_s: float
    """By how much its clock is ahead of ours."""
    roster: Roster
    entries: int | None
    """Of the audit log; None: its head is gone."""
    unseen: str | None
    """Why the log is not the one that this home saw last, in a clause."""


def look(team: Team, *, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> Looked:
    """Ask a team's server.

    Args:
        team: The server.
        clock: UTC now.

    Raises:
        ServerAwayError: It is not there.
        RefusedError: It knows nobody by this role.
    """
    roster = team.people.roster()
    before = clock()
    version, schema, theirs = team.connections.read(Statement(_SERVER))[0]
    middle = before + (clock() - before) / 2
    return Looked(
        where=team.connections.where,
        version=version,
        schema=schema,
        skew_s=theirs - middle.timestamp(),
        roster=roster,
        entries=team.audit.length(),
        unseen=team.audit.unseen(),
    )
