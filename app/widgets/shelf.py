"""A list of things to open: aligned columns, a cursor, and words on what to do while it is empty."""

from collections.abc import Sequence

from rich.cells import cell_len
from textual.message import Message

from app.widgets.choices import Choices
from app.widgets.prose import Piece, Row, Tone, clipped, piece

GAP = 2
LEAST_CLIPPED = 16
"""Cells that a column may always have; one that wants more gets a third of the width, so that others are seen."""


class Shelf(Choices):
    """Rows of a mark and cells under a header; the last column takes what room is left."""

    class Chosen(Message):
        """A row was opened."""

        def __init__(self, shelf: "Shelf", key: str) -> None:
            """Say which one.

            Args:
                shelf: The list.
                key: Of the row.
            """
            super().__init__()
            self.shelf, self.key = shelf, key

    class Moved(Message):
        """The cursor went to another row."""

        def __init__(self, shelf: "Shelf", key: str) -> None:
            """Say which one.

            Args:
                shelf: The list.
                key: Of the row.
            """
            super().__init__()
            self.shelf, self.key = shelf, key

        def can_replace(self, message: Message) -> bool:
            """Where it went last is enough."""
            return isinstance(message, Shelf.Moved) and message.shelf is self.shelf

    def __init__(
        self,
        *header: str,
        empty: str,
        spare: str | None = None,
        id: str | None = None,  # noqa: A002 - Textual's own name
    ) -> None:
        """Begin empty.

        Args:
            header: One word a column.
            empty: What it says while it has no row.
            spare: The column that is left out where the last one has too little room.
            id: For style sheets and queries.
        """
        super().__init__(id=id)
        self._spare = header.index(spare) + 1 if spare else None
        self._header, self.empty = [Piece(" "), *(piece(word, Tone.DIM) for word in header)], empty
        """What it says while it has no row."""
        self._all: dict[str, Sequence[Piece]] = {}
        self._words: tuple[str, ...] = ()
        self._rows: dict[str, Sequence[Piece]] = {}
        self._keys: list[str] = []
        self._widths: list[int] = []

    @property
    def key(self) -> str | None:
        """Of the row under the cursor."""
        return self._keys[self.highlighted - 1] if self.highlighted and self._keys else None

    def show(self, rows: Sequence[tuple[str, Sequence[Piece]]], *, tell: bool = True) -> None:
        """Replace the rows; the cursor stays on the key that it was on, and what is in view stays so.

        Args:
            rows: A key, then a mark and one cell a column.
            tell: Whether a cursor that stays is told as well: its row may be another.
        """
        self._all = dict(rows)
        self._choose_rows(tell=tell)

    def narrow(self, words: str) -> None:
        """List only the rows that hold every one of some words, in any of their cells; upper case is as lower case.

        Args:
            words: With blanks between them; without one all rows are listed.
        """
        self._words = tuple(words.casefold().split())
        self._choose_rows()

    @property
    def shown(self) -> int:
        """Rows that are listed."""
        return len(self._rows)

    @property
    def count(self) -> int:
        """Rows that there are."""
        return len(self._all)

    def _choose_rows(self, *, tell: bool = True) -> None:
        wanted, seen = self.key, self.in_sight
        self._rows = {key: cells for key, cells in self._all.items() if self._holds(cells)}
        self._keys = list(self._rows)
        told = (self._header, *self._rows.values())
        self._widths = [max(cell_len(cells[column].text) for cells in told) for column in range(len(self._header))]
        stays = wanted in self._rows
        cursor = 1 + (self._keys.index(wanted) if wanted is not None and stays else 0)
        heights = [1] * (1 + len(self._keys))
        self.fill(heights, least=1, cursor=cursor, tell=tell or not stays, scroll=seen or not stays)

    @property
    def keys(self) -> Sequence[str]:
        """Of its rows, in order."""
        return self._keys

    def go_to(self, key: str) -> None:
        """Put the cursor on a row."""
        if key in self._rows:
            self.highlighted = 1 + self._keys.index(key)

    def _holds(self, cells: Sequence[Piece]) -> bool:
        if not self._words:
            return True
        text = " ".join(cell.text for cell in cells).casefold()
        return all(word in text for word in self._words)

    def choose(self) -> None:
        """Open the row under the cursor."""
        if self.key is not None:
            self.post_message(self.Chosen(self, self.key))

    def lines_of(self, item: int) -> Sequence[Row]:
        """The header, or a row; the last column has the room that is left."""
        if not self._keys:
            return [(piece("No row holds these words." if self._all else self.empty, Tone.DIM),)]
        widest = max(self.inner_width // 3, LEAST_CLIPPED)
        widths = [*(min(width, widest) for width in self._widths[:-1]), self._widths[-1]]
        cells = list(self._rows[self._keys[item - 1]] if item else self._header)
        if self._spare is not None and self._room(widths) < widths[-1]:
            del cells[self._spare], widths[self._spare]
        fitted = [*widths[:-1], max(min(widths[-1], self._room(widths)), 1)]
        return [_aligned(cells, fitted)]

    def _room(self, widths: Sequence[int]) -> int:
        """Cells that are left for the last column."""
        return self.inner_width - sum(widths[:-1]) - GAP * (len(widths) - 2) - 1

    def moved(self, item: int) -> None:
        """Tell it by key."""
        self.post_message(self.Moved(self, self._keys[item - 1]))

    def clicked(self, item: int) -> None:
        """A click opens."""
        del item
        self.choose()


def _aligned(cells: Sequence[Piece], widths: Sequence[int]) -> Row:
    line: list[Piece] = []
    for number, (cell, width) in enumerate(zip(cells, widths, strict=True)):
        text = clipped(cell.text, width)
        line.append(Piece(text, cell.tone))
        if number < len(cells) - 1:
            line.append(Piece(" " * (width - cell_len(text) + (GAP if number else 1))))
    return tuple(line)
