"""The index over all that is kept: what exists, and where it stands. The things themselves are files."""

from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Protocol, TypeVar

import msgspec

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

    def matching(self, kind: type[R], text: str) -> tuple[R, ...]:
        """Rows with a text in one of their words, capitals or not, in their order."""
        ...

    def update(self, kind: type[R], row_id: str, **changes: object) -> R:
        """Change fields of a row; returns it as it is now."""
        ...

    def remove(self, kind: type[R], row_id: str) -> None:
        """Forget a row; nothing happens when there is none."""
        ...


class TinyCatalog:
    """The catalog in TinyDB: one JSON file that stock TinyDB reads, and a journal beside it.

    Rows are found and changed by their id in the storage itself: a TinyDB table would go through all of its documents
    for each, and write all of them.
    """

    def __init__(self, path: Path) -> None:
        self.storage = LockedStorage(path)
        """The files beneath, for who must set them aside."""

    def transaction(self) -> AbstractContextManager[None]:
        """See `Catalog.transaction`."""
        return self.storage.transaction()

    def put(self, *rows: Row) -> None:
        """See `Catalog.put`."""
        with self.transaction():
            for row in rows:
                self.storage.put(row.TABLE, msgspec.to_builtins(row))

    def get(self, kind: type[R], row_id: str) -> R | None:
        """See `Catalog.get`."""
        found = self.storage.document(kind.TABLE, row_id)
        return None if found is None else _row(kind, found)

    def find(self, kind: type[R], **fields: object) -> tuple[R, ...]:
        """See `Catalog.find`."""
        wanted = {name: msgspec.to_builtins(value) for name, value in fields.items()}
        found: Iterable[dict[str, Any]] = self.storage.documents(kind.TABLE)
        if wanted:
            found = (one for one in found if all(one.get(name) == value for name, value in wanted.items()))
        return _in_order(kind, _rows(kind, found))

    def matching(self, kind: type[R], text: str) -> tuple[R, ...]:
        """See `Catalog.matching`."""
        return _in_order(kind, _rows(kind, self._holding(kind, text.casefold())))

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
            self.storage.drop(kind.TABLE, row_id)

    def check(self) -> None:
        """Read every row.

        Raises:
            CorruptCatalogError: The file, or a row in it, is damaged.
        """
        for kind in ROW_TYPES:
            _rows(kind, self.storage.documents(kind.TABLE))

    def _holding(self, kind: type[Row], needle: str) -> Iterator[dict[str, Any]]:
        """As they are stored, and in plain loops: rows, or a generator for each, take several times as long."""
        for document in self.storage.documents(kind.TABLE):
            for field in kind.WORDS:
                words = document.get(field)
                if isinstance(words, str) and needle in words.casefold():
                    yield document
                    break


def _rows(kind: type[R], documents: Iterable[dict[str, Any]]) -> list[R]:
    """Rows as values, in one call for all: one for each takes several times as long.

    Raises:
        CorruptCatalogError: One of them is damaged.
    """
    listed = list(documents)
    try:
        return msgspec.convert(listed, list[kind])  # type: ignore[valid-type]
    except msgspec.ValidationError:
        return [_row(kind, document) for document in listed]


def _row(kind: type[R], document: dict[str, Any]) -> R:
    try:
        return msgspec.convert(document, kind)
    except msgspec.ValidationError as error:
        raise CorruptCatalogError(
            f"the catalog's {kind.TABLE} entry {document.get('id')} is damaged ({error}); "
            "the next start rebuilds it from the files"
        ) from error


def _in_order(kind: type[R], rows: list[R]) -> tuple[R, ...]:
    rows.sort(key=kind.ORDER)
    return tuple(rows)
