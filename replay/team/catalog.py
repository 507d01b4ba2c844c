"""The catalog of a team: the rows of `replay/library/rows.py` in PostgreSQL, a table a kind."""

from contextlib import AbstractContextManager
from functools import cache
from typing import TypeVar

import msgspec
from psycopg import sql

from capture.errors import UnknownNameError
from replay.library.rows import ROW_TYPES, Row
from replay.library.storage import CorruptCatalogError
from replay.team.connection import Connections, Statement
from replay.team.jsonb import from_jsonb, to_jsonb, to_text

R = TypeVar("R", bound=Row)

_PUT = """INSERT INTO {table} (id, body) VALUES (%s, %s::jsonb)
ON CONFLICT (id) DO UPDATE SET body = excluded.body"""
_PUT_MANY = """INSERT INTO {table} (id, body)
SELECT new.id, new.body::jsonb FROM unnest(%s::text[], %s::text[]) AS new (id, body)
ON CONFLICT (id) DO UPDATE SET body = excluded.body"""
_GET = "SELECT id, body::text FROM {table} WHERE id = %s"
_FIND = "SELECT id, body::text FROM {table}"
_FIELD = "coalesce(body -> {name}, 'null') = %s::jsonb"
_UPDATE = "UPDATE {table} SET body = body || %s::jsonb WHERE id = %s RETURNING id, body::text"
_REMOVE = "DELETE FROM {table} WHERE id = %s"


class TeamCatalog:
    """The catalog that many homes share.

    A write by itself goes beside those of others. A transaction has the catalog for itself from its beginning to its
    end, and waits for those that are under way.
    """

    def __init__(self, connections: Connections) -> None:
        self._connections = connections

    def transaction(self) -> AbstractContextManager[None]:
        """See `Catalog.transaction`.

        Raises:
            HostError: The server went away, or the lock was never free; nothing was changed.
        """
        return self._connections.transaction()

    @property
    def within(self) -> bool:
        """Whether this thread is inside a transaction."""
        return self._connections.within

    def put(self, *rows: Row) -> None:
        """See `Catalog.put`."""
        bodies: dict[str, dict[str, str]] = {}
        for row in rows:
            bodies.setdefault(row.TABLE, {})[to_text(row.id)] = to_jsonb(row)
        if bodies:
            self._connections.write(*(_putting(table, bodies[table]) for table in sorted(bodies)))

    def get(self, kind: type[R], row_id: str) -> R | None:
        """See `Catalog.get`."""
        found = self._connections.read(Statement(_query(_GET, kind.TABLE), (to_text(row_id),)))
        return _row(kind, *found[0]) if found else None

    def find(self, kind: type[R], **fields: object) -> tuple[R, ...]:
        """See `Catalog.find`."""
        values = tuple(map(to_jsonb, fields.values()))
        found = self._connections.read(Statement(_query(_FIND, kind.TABLE, *fields), values))
        return tuple(sorted((_row(kind, *one) for one in found), key=kind.ORDER))

    def matching(self, kind: type[R], text: str) -> tuple[R, ...]:
        """See `Catalog.matching`; reads all rows, since what is a capital is the server's locale's word there.

        A home searches its copy.
        """
        needle = text.casefold()
        return tuple(row for row in self.find(kind) if row.holds(needle))

    def update(self, kind: type[R], row_id: str, **changes: object) -> R:
        """See `Catalog.update`.

        Raises:
            UnknownNameError: There is no such row.
        """
        if unknown := changes.keys() - set(kind.__struct_fields__):
            raise TypeError(f"{kind.__name__} has no {', '.join(sorted(unknown))}")
        statement = Statement(_query(_UPDATE, kind.TABLE), (to_jsonb(changes), to_text(row_id)))
        changed = self._connections.write(statement)
        # When it was kept but the answer was lost, the row as it is now is the answer.
        row = self.get(kind, row_id) if changed is None else next((_row(kind, *one) for one in changed), None)
        if row is None:
            raise UnknownNameError(f"the catalog has no {kind.TABLE} entry {row_id}; list what there is first")
        return row

    def remove(self, kind: type[R], row_id: str) -> None:
        """See `Catalog.remove`."""
        self._connections.write(Statement(_query(_REMOVE, kind.TABLE), (to_text(row_id),)))

    def check(self) -> None:
        """Read every row.

        Raises:
            CorruptCatalogError: A row is damaged.
        """
        for kind in ROW_TYPES:
            self.find(kind)


@cache
def _query(text: str, table: str, *fields: str) -> str:
    """A query over one table, and over rows with certain values where fields are given."""
    # Names are the program's own, and quoted by the library all the same.
    query = sql.SQL(text).format(table=sql.Identifier("replaybook", table))
    if fields:
        wanted = (sql.SQL(_FIELD).format(name=sql.Literal(name)) for name in fields)
        query += sql.SQL(" WHERE ") + sql.SQL(" AND ").join(wanted)
    return query.as_string(None)


def _putting(table: str, bodies: dict[str, str]) -> Statement:
    """Rows by id into one table; in one order everywhere, so that two who put the same never wait for each other."""
    ids = sorted(bodies)
    if len(ids) == 1:
        return Statement(_query(_PUT, table), (ids[0], bodies[ids[0]]))
    return Statement(_query(_PUT_MANY, table), (ids, [bodies[one] for one in ids]))


def _row(kind: type[R], row_id: str, body: str) -> R:
    try:
        return from_jsonb(body, kind)
    except msgspec.ValidationError as error:
        raise CorruptCatalogError(
            f"the team catalog's {kind.TABLE} entry {row_id} is damaged ({error}); restore it from a backup"
        ) from error
