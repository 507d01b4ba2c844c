"""The lines of the catalog's journal, and the documents that catalog and journal together say."""

import json
from collections.abc import Mapping
from typing import Any

import msgspec

Document = dict[str, Any]
Tables = dict[str, dict[int, Document]]
"""Table name to document id to document: in JSON TinyDB's own layout, which stock TinyDB opens."""
Changes = dict[str, dict[int, Document | None]]
"""The same for documents that are new or other ones now; None where one is gone."""


class Line(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """One line of the journal; each says one of three things."""

    base: str | None = None
    """The first: SHA-256 of the catalog that the changes below it are made to."""
    changes: Changes | None = None
    """What one transaction changed."""
    folded: str | None = None
    """All above it is in the catalog of that SHA-256, once the catalog is that one."""


def encoded(line: Line) -> tuple[bytes, Line]:
    """A line as the journal holds it, and what it says there."""
    try:
        return msgspec.json.encode(line) + b"\n", line
    except UnicodeEncodeError:
        # Names from a command line may hold half characters; JSON can't.
        content = json.dumps(msgspec.to_builtins(line), ensure_ascii=False).encode("utf-8", "replace")
        return content + b"\n", _DECODER.decode(content)


def whole_lines(data: bytes) -> tuple[list[Line], int]:
    """The lines that were written to their end, and their length in bytes; a crash may have cut off the last one.

    Raises:
        msgspec.DecodeError: One of them is none.
    """
    *lines, rest = data.split(b"\n")
    return [_DECODER.decode(line) for line in lines], len(data) - len(rest)


_DECODER = msgspec.json.Decoder(Line)


class Contents:
    """The documents of all tables, each found by its `id` at once, whatever their number.

    Args:
        tables: As the catalog holds them; taken over.

    Raises:
        ValueError: A document has no `id`.
    """

    def __init__(self, tables: Tables) -> None:
        self._tables = tables
        self._places = {name: _places(table) for name, table in tables.items()}
        self._last = {name: max(table, default=0) for name, table in tables.items()}
        self._lent: set[str] = set()

    def tables(self) -> Tables:
        """All there is, for who looks at it at once."""
        return self._tables

    def table(self, name: str) -> Mapping[int, Document]:
        """The documents of a table by document id; never changed."""
        self._lent.add(name)
        return self._tables.get(name, {})

    def place(self, table: str, row_id: str) -> int | None:
        """The document id of a row."""
        return self._places.get(table, {}).get(row_id)

    def document(self, table: str, place: int) -> Document:
        """The document with that document id."""
        return self._tables[table][place]

    def last(self, table: str) -> int:
        """The highest document id that a table ever had, as far as it is known; 0 when it is empty."""
        return self._last.get(table, 0)

    def apply(self, changes: Changes) -> None:
        """Make changes; made twice they are made once.

        Raises:
            ValueError: As for the tables.
        """
        for name, changed in changes.items():
            table = self._tables.setdefault(name, {})
            if name in self._lent:
                table = self._tables[name] = dict(table)
                self._lent.discard(name)
            self._apply(name, table, changed)

    def _apply(self, name: str, table: dict[int, Document], changed: Mapping[int, Document | None]) -> None:
        places = self._places.setdefault(name, {})
        for place, document in changed.items():
            known = table.pop(place, None) if document is None else table.get(place)
            if known is not None:
                places.pop(known["id"], None)
            if document is not None:
                table[place] = document
                places[_id_of(document)] = place
            self._last[name] = max(self._last.get(name, 0), place)


def _places(table: dict[int, Document]) -> dict[str, int]:
    places: dict[str, int] = {}
    try:
        places = {document["id"]: place for place, document in table.items()}
    except (KeyError, TypeError):
        raise ValueError("a document has no id") from None
    if len(places) < len(table):
        # Of two with one id the last counts.
        for place in table.keys() - set(places.values()):
            del table[place]
    return places


def _id_of(document: Document) -> str:
    found = document.get("id")
    if not isinstance(found, str):
        raise ValueError("a document has no id")  # noqa: TRY004 - what it holds is wrong, whatever its type
    return found
