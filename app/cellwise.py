"""From what a terminal shows to what it is to show in as few bytes as can be: cells that differ, no others (pure)."""

from collections.abc import Callable, Iterable, Sequence
from functools import cache

from rich.cells import get_character_cell_size
from rich.color import Color, ColorSystem

from app.emulator import Colour, Line, Pen, Underline

PLAIN, SINGLE = Pen(), Pen(underline=Underline.SINGLE)
BLANK = (" ", PLAIN)
LEAST_ERASED = 5
"""Fewer blanks at the end of a row are cheaper drawn than erased."""
LEAST_SKIPPED = 5
"""Fewer cells that are right already are cheaper drawn again than gone past."""
LEAST_GAP = 12
"""So many blanks inside a row are cheaper erased and gone past than drawn."""
WORTH_ROWS = 2
"""So many rows must be saved before what stands is moved as a whole."""
ATTRIBUTES = {"bold": "1", "faint": "2", "italic": "3", "inverse": "7", "strike": "9"}

Cell = tuple[str, Pen]
"""One character with what combines with it; the second half of a wide one is empty."""
Spot = tuple[int, int] | None
"""Where a terminal's cursor is, column and row; None when that is not sure."""


class Hand:
    """Cursor and pen of a terminal while something is drawn on it.

    Args:
        colours: What the terminal can show; None: neither colours nor attributes.
        at: Where its cursor is; no colours and attributes are set.
        lines: Whether it knows of underlines with a style and a colour; to one that does not, each is a plain one.
    """

    def __init__(self, colours: ColorSystem | None, at: Spot, *, lines: bool = False) -> None:
        self._colours, self._at, self._pen, self._lines = colours, at, PLAIN, lines
        self._parts: list[str] = []

    def go(self, column: int, row: int) -> None:
        """Move the cursor."""
        if self._at != (column, row):
            self._parts.append(move(self._at, column, row))
            self._at = (column, row)

    def put(self, text: str, pen: Pen, width: int = 1) -> None:
        """Draw one character."""
        self._take(pen)
        self._parts.append(text)
        if self._at is not None:
            # How wide the terminal takes a character beyond ASCII to be is its own affair.
            self._at = (self._at[0] + width, self._at[1]) if text.isascii() else None

    def stop(self, edge: int) -> None:
        """A row ended; behind the last column of a terminal, where its cursor stands is not sure."""
        if self._at is not None and self._at[0] >= edge:
            self._at = None

    def erase(self, columns: int | None) -> None:
        """Blank so many cells, None: to the end of the row; the cursor stays."""
        self._take(PLAIN)
        self._parts.append("\x1b[K" if columns is None else f"\x1b[{columns}X")

    def move_rows(self, top: int, bottom: int, by: int) -> None:
        """Move the rows from top to bottom, both included, up by so many, or down when that is negative."""
        self._take(PLAIN)
        self._parts.append(f"\x1b[{top + 1};{bottom + 1}r\x1b[{abs(by)}{'S' if by > 0 else 'T'}\x1b[r")
        self._at = (0, 0)

    @property
    def at(self) -> Spot:
        """Where the cursor is by now."""
        return self._at

    def done(self) -> str:
        """What to send; it leaves the terminal without colours and attributes, as it found it."""
        self._take(PLAIN)
        return "".join(self._parts)

    def _take(self, pen: Pen) -> None:
        if pen != self._pen:
            self._parts.append(switch(self._pen, pen, self._colours, lines=self._lines))
            self._pen = pen


class Paper:
    """What a terminal shows, cell by cell, as far as that is known; nothing is known at first.

    Args:
        columns: Width of the terminal.
        rows: Height of the terminal.
    """

    def __init__(self, columns: int = 0, rows: int = 0) -> None:
        self._columns = columns
        self._rows: list[list[Cell | None]] = [[None] * columns for _ in range(rows)]

    @property
    def size(self) -> tuple[int, int]:
        """Columns and rows."""
        return self._columns, len(self._rows)

    def put(self, hand: Hand, column: int, row: int, new: list[Cell]) -> None:
        """Have cells drawn that are not there already.

        Args:
            hand: Draws.
            column: Of the first.
            row: In which they stand; what reaches beyond the terminal is cut.
            new: What is to be shown.
        """
        if not 0 <= row < len(self._rows) or column >= self._columns:
            return
        del new[self._columns - column :]
        end = column + len(new)
        _draw_row(hand, self._rows[row][column:end], new, (column, row), edge=end == self._columns)
        self._rows[row][column:end] = new

    def move(self, hand: Hand, row: int, shown: Sequence[Line], wanted: Sequence[Line]) -> None:
        """Have whole rows of the terminal moved that only stand elsewhere now.

        Args:
            hand: Draws.
            row: The first of those that are looked at.
            shown: What is believed to be there; if it is not, nothing is lost but bytes.
            wanted: What is to be.
        """
        first, last, by = _best_move(shown, wanted)
        top, bottom = row + min(first, first + by), row + max(last, last + by)
        if by == 0 or bottom >= len(self._rows):
            return
        hand.move_rows(top, bottom, by)
        part = self._rows[top : bottom + 1]
        blank: list[list[Cell | None]] = [[BLANK] * self._columns for _ in range(abs(by))]
        self._rows[top : bottom + 1] = [*part[by:], *blank] if by > 0 else [*blank, *part[:by]]


def cells(line: Iterable[tuple[str, Pen]], columns: int | None = None) -> list[Cell]:
    """A line cell by cell.

    Args:
        line: Texts with their pens.
        columns: How many cells to return, cut or filled with blanks; None: as many as there are.
    """
    found: list[Cell] = []
    for text, pen in line:
        if text.isascii():
            found += [(character, pen) for character in text]
            continue
        for character in text:
            width = get_character_cell_size(character)
            if width:
                found += [(character, pen), *[("", pen)] * (width - 1)]
            elif found:
                head = -1 if found[-1][0] else -2
                found[head] = (found[head][0] + character, found[head][1])
    if columns is None:
        return found
    del found[columns:]
    return found + [BLANK] * (columns - len(found))


@cache
def switch(before: Pen, now: Pen, colours: ColorSystem | None, *, lines: bool) -> str:
    """What changes a terminal's pen: what is new alone, or all of it behind a reset, whichever is shorter."""
    if colours is None:
        return ""
    link = "" if before.link == now.link else f"\x1b]8;;{now.link or ''}\x1b\\"
    fresh = f"\x1b[{';'.join(('', *_codes(PLAIN, now, colours)))}m{_lined(PLAIN, now) if lines else ''}"
    if any(getattr(before, name) and not getattr(now, name) for name in (*ATTRIBUTES, "underline", "underline_colour")):
        return fresh + link
    codes = _codes(before, now, colours)
    added = (f"\x1b[{';'.join(codes)}m" if codes else "") + (_lined(before, now) if lines else "")
    return min(fresh, added, key=len) + link


def _lined(before: Pen, now: Pen) -> str:
    """What makes a plain underline one of a style and a colour.

    In sequences of their own: what a terminal does not understand of them costs none of the other attributes.
    """
    if not now.underline:
        return ""
    old = before if before.underline else SINGLE
    style = f"\x1b[4:{now.underline}m" if now.underline != old.underline else ""
    if (now.underline_colour, now.underline_index) == (old.underline_colour, old.underline_index):
        return style
    if now.underline_index is not None:
        return f"{style}\x1b[58:5:{now.underline_index}m"
    return f"{style}\x1b[58:2::{':'.join(map(str, now.underline_colour))}m" if now.underline_colour else style


def _codes(before: Pen, now: Pen, colours: ColorSystem) -> list[str]:
    """What to add to a pen of which no attribute goes."""
    codes = [code for name, code in ATTRIBUTES.items() if getattr(now, name) and not getattr(before, name)]
    codes += ["4"] if now.underline and not before.underline else []
    for foreground, old, new in (
        (True, (before.foreground, before.foreground_index), (now.foreground, now.foreground_index)),
        (False, (before.background, before.background_index), (now.background, now.background_index)),
    ):
        if old != new:
            codes += _colour_codes(*new, colours, foreground=foreground)
    return codes


def _colour_codes(colour: Colour | None, index: int | None, colours: ColorSystem, *, foreground: bool) -> list[str]:
    return list(rich_colour(colour, index).downgrade(colours).get_ansi_codes(foreground=foreground))


@cache
def rich_colour(colour: Colour | None, index: int | None) -> Color:
    """A colour as the program named it: of the terminal's palette, or exactly."""
    if index is not None:
        return Color.from_ansi(index)
    return Color.from_rgb(*colour) if colour else Color.default()


def move(at: Spot, column: int, row: int) -> str:
    """The shortest way for a cursor."""
    ways = [f"\x1b[{row + 1}{f';{column + 1}' if column else ''}H"]
    if at is not None and at[1] == row:
        ways.append("\r" if column == 0 else f"\x1b[{_times(column - at[0])}{'C' if column > at[0] else 'D'}")
    elif at is not None and at[0] == column:
        ways.append(f"\x1b[{_times(row - at[1])}{'B' if row > at[1] else 'A'}")
    elif at is not None and column == 0 and row == at[1] + 1:
        ways.append("\r\n")
    return min(ways, key=len)


def _is_blank(line: Line) -> bool:
    return all(pen == PLAIN and not text.strip() for text, pen in line)


def _times(number: int) -> str:
    return "" if abs(number) == 1 else str(abs(number))


def _draw_row(hand: Hand, old: Sequence[Cell | None], new: list[Cell], start: tuple[int, int], *, edge: bool) -> None:
    """Draw the cells of one row that differ; `edge` says that they reach to the right edge of the terminal."""
    if any(cell and len(cell[0]) > 1 for cell in (*old, *new)) and list(old) != new:
        # What combines is placed by each terminal in its own way: nothing in such a row is sure to be where it was.
        old = [None] * len(new)
    width, written, column = len(new), _written(new), 0
    while (column := _next(lambda at: old[at] != new[at], column, width)) < width:
        gap = _next(lambda at: new[at] != BLANK, column, width) - column
        if column >= written and any(old[at] != BLANK for at in range(column + LEAST_ERASED - 1, width)):
            hand.go(start[0] + column, start[1])
            hand.erase(None if edge else gap)
            return
        if gap >= LEAST_GAP:
            hand.go(start[0] + column, start[1])
            hand.erase(gap)
            column += gap
        else:
            column = _draw_run(hand, old, new, start, column, written)
    if edge:
        hand.stop(start[0] + width)


def _draw_run(
    hand: Hand, old: Sequence[Cell | None], new: list[Cell], start: tuple[int, int], first: int, written: int
) -> int:
    """Draw from a cell on for as long as that is cheaper than to go past; returns the column behind."""
    column, width = first, len(new)
    while column and not new[column][0]:
        column -= 1
    hand.go(start[0] + column, start[1])
    while column < width:
        right = _next(lambda at: old[at] != new[at], column, width) - column
        if right >= LEAST_SKIPPED or column + right == width:
            break
        if new[column] == BLANK and column > first:
            gap = _next(lambda at: new[at] != BLANK, column, width) - column
            if gap >= LEAST_GAP or column >= written:
                break
        end = _next(lambda at: bool(new[at][0]), column + 1, width)
        hand.put(*new[column], end - column)
        column = end
    return column


def _written(row: list[Cell]) -> int:
    """The column behind which everything is blank."""
    return next((column + 1 for column in range(len(row) - 1, -1, -1) if row[column] != BLANK), 0)


def _next(holds: Callable[[int], bool], column: int, width: int) -> int:
    """The first column from here on for which it holds, or the width."""
    while column < width and not holds(column):
        column += 1
    return column


def _best_move(shown: Sequence[Line], wanted: Sequence[Line]) -> tuple[int, int, int]:
    """Which rows, first and last, stood so many rows further down (up when negative); 0 when no move is worth it."""
    best, saved = (0, 0, 0), WORTH_ROWS - 1
    rows = min(len(shown), len(wanted))
    if sum(old != new for old, new in zip(shown, wanted, strict=False)) < WORTH_ROWS:
        return best
    for by in (*range(1, rows), *range(-1, -rows, -1)):
        start, gain = 0, 0
        for row in range(rows + 1):
            old = row + by
            if row < rows and 0 <= old < rows and shown[old] == wanted[row]:
                gain += shown[row] != wanted[row] and not _is_blank(wanted[row])
                if gain > saved:
                    best, saved = (start, row, by), gain
            else:
                start, gain = row + 1, 0
    return best
