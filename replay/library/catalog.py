"""The index over all that is kept: what exists, and where it stands. The things themselves are files."""

from collections.abc import Container
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Protocol, TypeVar

import msgspec
from tinydb import Query
from tinydb.queries import QueryInstance
from tinydb.table import Table

from capture.errors import UnknownNameError
from replay.library.rows import ROW_TYPES, Row
from replay.library.storage import CorruptCatalogError, LockedStorage

R = TypeVar("R", bound=Row)


class Catalog(Protocol):
    """What the program asks of a catalog; rows go in and come out as values."""

    def transaction(self) -> AbstractContextManager[None]:
        """All changes inside are made together, or none when an error leaves it; no one else writes meanwhile."""
        ...

    def put(self, *rows: Row) -> None:
        """Insert rows, each in the place of the one with its id."""
        ...

    def get(self, kind: type[R], row_id: str) -> R | None:
        """The row with that id."""
        ...

    def find(self, kind: type[R], **fields: object) -> tuple[R, ...]:
        """Rows whose fields have these values, in their order."""
        ...

    def update(self, kind: type[R], row_id: str, **changes: object) -> R:
        """Change fields of a row; returns it as it is now."""
        ...

    def remove(self, kind: type[R], row_id: str) -> None:
        """Forget a row; nothing happens when there is none."""
        ...


class TinyCatalog:
    """The catalog in TinyDB, in one JSON file.

    A fresh `Table` serves every call: one that lives on remembers the next document id and its queries, and both are
    wrong as soon as another process has written.
    """

    def __init__(self, path: Path) -> None:
        self.storage = LockedStorage(path)
        """The file beneath, for who must set it aside."""

    def transaction(self) -> AbstractContextManager[None]:
        """See `Catalog.transaction`."""
        return self.storage.transaction()

    def put(self, *rows: Row) -> None:
        """See `Catalog.put`."""
        with self.transaction():
            for kind in {type(row) for row in rows}:
                # The last of two rows with one id counts, as if they had been put one by one.
                documents = {row.id: msgspec.to_builtins(row) for row in rows if type(row) is kind}
                table = self._table(kind)
                table.remove(_has_id(documents))
                table.insert_multiple(documents.values())

    def get(self, kind: type[R], row_id: str) -> R | None:
        """See `Catalog.get`."""
        found = self._table(kind).search(_has_id({row_id}))
        return self._row(kind, found[0]) if found else None

    def find(self, kind: type[R], **fields: object) -> tuple[R, ...]:
        """See `Catalog.find`."""
        wanted = {name: msgspec.to_builtins(value) for name, value in fields.items()}
        rows = [
            self._row(kind, document)
            for document in self._table(kind)
            if all(document.get(name) == value for name, value in wanted.items())
        ]
        return tuple(sorted(rows, key=lambda row: row.order))

    def update(self, kind: type[R], row_id: str, **changes: object) -> R:
        """See `Catalog.update`.

        Raises:
            UnknownNameError: There is no such row.
        """
        with self.transaction():
            row = self.get(kind, row_id)
            if row is None:
                raise UnknownNameError(f"the catalog has no {kind.TABLE} entry {row_id}; list what there is first")
            changed = msgspec.structs.replace(row, **changes)
            self.put(changed)
            return changed

    def remove(self, kind: type[R], row_id: str) -> None:
        """See `Catalog.remove`."""
        with self.transaction():
            self._table(kind).remove(_has_id({row_id}))

    def check(self) -> None:
        """Read every row.

        Raises:
            CorruptCatalogError: The file, or a row in it, is damaged.
        """
        for kind in ROW_TYPES:
            self.find(kind)

    def _table(self, kind: type[Row]) -> Table:
        return Table(self.storage, kind.TABLE, cache_size=0)

    def _row(self, kind: type[R], document: dict[str, Any]) -> R:
        try:
            return msgspec.convert(document, kind)
        except msgspec.ValidationError as error:
            raise CorruptCatalogError(
                f"the catalog's {kind.TABLE} entry {document.get('id')} is damaged ({error}); "
                "the next start rebuilds it from the files"
            ) from error


def _has_id(ids: Container[str]) -> QueryInstance:
    query: QueryInstance = Query()["id"].test(ids.__contains__)
    return query
