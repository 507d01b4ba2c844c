"""Where a person is in what a terminal has shown: a cursor of theirs, a selection, and what a search found."""

from app.emulator import Cursor, Emulator, Line, Pen, Underline
from app.scrollback import Match, Spot, found, marked, nearest, selected_part, word_at

SELECTED, FOUND, CURRENT = (
    Pen(inverse=True),
    Pen(underline=Underline.SINGLE, bold=True),
    Pen(inverse=True, underline=Underline.SINGLE, bold=True),
)
"""Attributes alone: they show in any colours, and without."""


class LookingBack:
    """Over one emulator; cells are counted from the oldest row that it keeps.

    Args:
        emulator: Scrolled so that the cursor is in sight.
    """

    def __init__(self, emulator: Emulator) -> None:
        self._emulator = emulator
        self.by_keys = False
        """Whether keys move the cursor, and are not the program's."""
        self._spot = Spot(0, 0)
        self._anchor: Spot | None = None
        self._matches: list[Match] = []
        self._wanted = ""

    @property
    def words(self) -> str:
        """How it stands, for a title; empty when nobody looks back."""
        if not self.by_keys:
            return ""
        place = self._matches.index(self._at_match) + 1 if self._at_match else 0
        searched = f" · {place} of {len(self._matches)} of {self._wanted!r}" if self._wanted else ""
        return f"row {self._spot.row + 1}{' · selecting' if self._anchor else ''}{searched}"

    @property
    def cursor(self) -> Cursor:
        """Within the part that is shown."""
        row = self._spot.row - self._emulator.above
        return Cursor(self._spot.column, max(row, 0), visible=0 <= row < self._emulator.rows)

    def begin(self) -> None:
        """Let keys move the cursor, from the program's on."""
        if not self.by_keys:
            cursor = self._emulator.cursor
            self.by_keys, self._anchor = True, None
            self._spot = Spot(self._emulator.above + cursor.row, cursor.column)

    def leave(self) -> None:
        """Let the program have the keys, and forget selection and search."""
        self.by_keys, self._anchor, self._matches, self._wanted = False, None, [], ""

    def move(self, *, columns: int = 0, rows: int = 0) -> None:
        """Move the cursor, and scroll after it."""
        row = min(max(self._spot.row + rows, 0), self._last_row)
        self._go(Spot(row, min(max(self._spot.column + columns, 0), self._emulator.columns - 1)))

    def to_edge(self, *, end: bool) -> None:
        """To the oldest row, or the newest."""
        self._go(Spot(self._last_row if end else 0, 0))

    def select(self) -> None:
        """Begin a selection at the cursor, or take it back."""
        self._anchor = None if self._anchor else self._spot

    def drag(self, column: int, row: int, *, begin: bool = False) -> None:
        """Select with the mouse.

        Args:
            column: Within the part that is shown.
            row: The same; beyond it, the view scrolls.
            begin: Whether the button went down there.
        """
        top = self._emulator.above
        spot = Spot(min(max(top + row, 0), self._last_row), min(max(column, 0), self._emulator.columns - 1))
        if begin:
            self._anchor, self._spot = spot, spot
        elif self._anchor is not None:
            self._go(spot)

    def select_word(self, column: int, row: int) -> None:
        """The word under the mouse."""
        number = self._emulator.above + row
        start, end = word_at("".join(text for text, _ in self._emulator.line(row)), column)
        self._anchor, self._spot = Spot(number, start), Spot(number, end)

    def select_row(self, row: int) -> None:
        """The whole row under the mouse."""
        number = self._emulator.above + row
        self._anchor, self._spot = Spot(number, 0), Spot(number, self._emulator.columns - 1)

    @property
    def selected(self) -> str:
        """The text that is selected; empty for a single click."""
        if self._anchor is None or (self._anchor == self._spot and not self.by_keys):
            return ""
        first, last = sorted((self._anchor, self._spot))
        return self._emulator.text_between(first, last)

    def drop_selection(self) -> bool:
        """Take the selection back; returns whether there was one."""
        had, self._anchor = self._anchor is not None, None
        return had

    def search(self, wanted: str) -> bool:
        """Look for a text, from the cursor back; returns whether there is one."""
        self._wanted, self._matches = wanted, found(self._emulator.history(), wanted)
        return self.next_match(back=True)

    def next_match(self, *, back: bool) -> bool:
        """Go to the next place of it; returns whether there is one."""
        match = nearest(self._matches, self._spot, back=back)
        if match is not None:
            self._go(Spot(match.row, match.start))
        return match is not None

    def drawn(self, row: int) -> Line:
        """A row of the part that is shown, with what is selected and found in it."""
        line, columns = self._emulator.line(row), self._emulator.columns
        if self._anchor is None and not self._matches:
            return line
        number = self._emulator.above + row
        spans = [
            (match.start, match.end, CURRENT if match == self._at_match else FOUND)
            for match in self._matches
            if match.row == number
        ]
        part = selected_part(number, columns, self._anchor, self._spot) if self._anchor is not None else None
        if part is not None and (self.by_keys or self._anchor != self._spot):
            spans.append((*part, SELECTED))
        return marked(line, columns, spans) if spans else line

    @property
    def _at_match(self) -> Match | None:
        return next((one for one in self._matches if (one.row, one.start) == self._spot), None)

    @property
    def _last_row(self) -> int:
        return self._emulator.kept - 1

    def _go(self, spot: Spot) -> None:
        self._spot = spot
        above = self._emulator.above
        if spot.row < above:
            self._emulator.scroll(spot.row - above)
        elif spot.row >= above + self._emulator.rows:
            self._emulator.scroll(spot.row - above - self._emulator.rows + 1)
