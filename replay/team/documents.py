"""The files that a team shares, and what has changed of files and rows since a home looked last, in PostgreSQL."""

from contextlib import AbstractContextManager
from typing import Any

from replay.library.rows import ROW_TYPES, MarkRow, Row
from replay.team.catalog import TeamCatalog
from replay.team.connection import Connections, Statement
from replay.team.jsonb import from_jsonb, from_text, to_text
from replay.team.upstream import ChangedFile, ChangedRow, News

CHANNEL = "replaybook"
"""What is listened to."""
TABLES = tuple(kind.TABLE for kind in ROW_TYPES if kind is not MarkRow)
"""Of the rows that homes have copies of."""
_NUMBERED = (*TABLES, "documents", "gone")
_TOP = f"SELECT greatest({', '.join(f'(SELECT max(seq) FROM replaybook.{one})' for one in _NUMBERED)}, 0)"  # noqa: S608 - names of ours
_CHANGED = "SELECT '{0}', id, body::text, seq FROM replaybook.{0} WHERE seq > %s"
_ROWS = f"{' UNION ALL '.join(map(_CHANGED.format, TABLES))} ORDER BY 4"
_GONE = "SELECT kind, id FROM replaybook.gone WHERE seq > %s ORDER BY seq"
_FILES = "SELECT path, sha256 FROM replaybook.documents WHERE seq > %s ORDER BY seq"
_CONTENT = "SELECT content FROM replaybook.documents WHERE path = %s"
_KEEP = """INSERT INTO replaybook.documents (path, content) VALUES (%s, %s)
ON CONFLICT (path) DO UPDATE SET content = excluded.content"""
_DROP = "DELETE FROM replaybook.documents WHERE path = %s"


class Documents:
    """The files of a team, and the numbers of all changes; see `Upstream`."""

    def __init__(self, connections: Connections, catalog: TeamCatalog) -> None:
        self._connections = connections
        self._catalog = catalog

    def transaction(self) -> AbstractContextManager[None]:
        """See `Upstream.transaction`."""
        return self._connections.transaction()

    def identity(self) -> str:
        """See `Upstream.identity`."""
        return str(self._one("SELECT id FROM replaybook.identity"))

    def person(self) -> str:
        """See `Upstream.person`."""
        return str(self._one("SELECT replaybook.person()"))

    def top(self) -> int:
        """See `Upstream.top`."""
        return int(self._one(_TOP))

    def since(self, seq: int) -> News:
        """See `Upstream.since`."""
        top = self.top()
        if top <= seq:
            return News(top)
        bodies: type[dict[str, Any]] = dict
        put = self._connections.read(Statement(_ROWS, (seq,) * len(TABLES)))
        rows = {(table, row_id): from_jsonb(body, bodies) for table, row_id, body, _ in put}
        files: dict[str, str] = dict(self._connections.read(Statement(_FILES, (seq,))))
        gone = self._connections.read(Statement(_GONE, (seq,)))
        return News(
            top,
            rows=(
                *(ChangedRow(kind, from_text(one), None) for kind, one in gone if kind in TABLES),
                *(ChangedRow(table, body["id"], body) for (table, _), body in rows.items()),
            ),
            files=(
                *(ChangedFile(path, None) for kind, path in gone if kind == "documents" and path not in files),
                *(ChangedFile(path, sha256) for path, sha256 in files.items()),
            ),
        )

    def row(self, table: str, row_id: str) -> dict[str, Any] | None:
        """See `Upstream.row`."""
        bodies: type[dict[str, Any]] = dict
        query = f"SELECT body::text FROM replaybook.{table} WHERE id = %s"  # noqa: S608 - as above
        found = self._connections.read(Statement(query, (to_text(row_id),)))
        return from_jsonb(found[0][0], bodies) if found else None

    def content(self, path: str) -> bytes | None:
        """See `Upstream.content`."""
        found = self._connections.read(Statement(_CONTENT, (path,)))
        return bytes(found[0][0]) if found else None

    def put(self, *rows: Row) -> None:
        """See `Upstream.put`."""
        self._catalog.put(*rows)

    def remove(self, kind: type[Row], row_id: str) -> None:
        """See `Upstream.remove`."""
        self._catalog.remove(kind, row_id)

    def keep(self, path: str, content: bytes) -> None:
        """See `Upstream.keep`."""
        self._connections.write(Statement(_KEEP, (path, content)))

    def drop(self, path: str) -> None:
        """See `Upstream.drop`."""
        self._connections.write(Statement(_DROP, (path,)))

    def tell(self) -> None:
        """See `Upstream.tell`."""
        self._connections.write(Statement("SELECT pg_notify(%s, '')", (CHANNEL,)))

    def _one(self, query: str) -> Any:
        return self._connections.read(Statement(query))[0][0]
