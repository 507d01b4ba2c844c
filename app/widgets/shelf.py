"""A list of things to open: aligned columns, a cursor, and words on what to do while it is empty."""

from collections.abc import Sequence

from rich.cells import cell_len
from textual import events, on
from textual.content import Content
from textual.message import Message
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from app.widgets.choices import Choices
from app.widgets.prose import Piece, Tone, clipped, content, piece

GAP = 2


class Shelf(Choices):
    """Rows of a mark and cells under a header; the last column takes what room is left."""

    DEFAULT_CSS = """
    Shelf {
        & > .option-list--option-disabled { color: $text-muted; text-style: none; background: transparent; }
    }
    """

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

    def __init__(self, *header: str, empty: str, id: str | None = None) -> None:  # noqa: A002 - Textual's own name
        """Begin empty.

        Args:
            header: One word a column.
            empty: What it says while it has no row.
            id: For style sheets and queries.
        """
        super().__init__(id=id, markup=False)
        self._header, self._empty = header, empty
        self._rows: dict[str, Sequence[Piece]] = {}

    @property
    def key(self) -> str | None:
        """Of the row under the cursor."""
        return tuple(self._rows)[self.highlighted - 1] if self.highlighted and self._rows else None

    def show(self, rows: Sequence[tuple[str, Sequence[Piece]]]) -> None:
        """Replace the rows; the cursor stays on the key that it was on.

        Args:
            rows: A key, then a mark and one cell a column.
        """
        wanted = self.key
        self._rows = dict(rows)
        self._fill(wanted)

    def choose(self) -> None:
        """Open the row under the cursor."""
        if self.key is not None:
            self.post_message(self.Chosen(self, self.key))

    def on_resize(self, _: events.Resize) -> None:
        """Give the last column the room that there is now."""
        self._fill(self.key)

    @on(OptionList.OptionHighlighted)
    def tell_moved(self, event: OptionList.OptionHighlighted) -> None:
        """Tell it by key."""
        event.stop()
        if self.key is not None:
            self.post_message(self.Moved(self, self.key))

    @on(OptionList.OptionSelected)
    def tell_chosen(self, event: OptionList.OptionSelected) -> None:
        """A click opens."""
        event.stop()
        self.choose()

    def _fill(self, wanted: str | None) -> None:
        if not self._rows:
            self.set_options([Option(content([piece(self._empty, Tone.DIM)]), disabled=True)])
            return
        header = [Piece(" "), *(piece(word, Tone.DIM) for word in self._header)]
        widths = [
            max(cell_len(cells[column].text) for cells in (header, *self._rows.values()))
            for column in range(len(header))
        ]
        room = self.scrollable_content_region.width - sum(widths[:-1]) - GAP * (len(widths) - 2) - 1
        widths[-1] = max(min(widths[-1], room), 1)
        options = [Option(_aligned(cells, widths)) for cells in self._rows.values()]
        self.set_options([Option(_aligned(header, widths), disabled=True), *options])
        keys = tuple(self._rows)
        self.highlighted = 1 + (keys.index(wanted) if wanted in keys else 0)


def _aligned(cells: Sequence[Piece], widths: Sequence[int]) -> Content:
    line: list[Piece] = []
    for number, (cell, width) in enumerate(zip(cells, widths, strict=True)):
        text = clipped(cell.text, width)
        line.append(Piece(text, cell.tone))
        if number < len(cells) - 1:
            line.append(Piece(" " * (width - cell_len(text) + (GAP if number else 1))))
    return content(line)
