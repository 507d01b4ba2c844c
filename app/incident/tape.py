"""A terminal recording as rows of cells that a page draws: each row once, and of each picture what changed."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import Any, NamedTuple

from rich.cells import cell_len

from app.emulator import Line, Pen
from app.formats.screens import Screen
from app.formats.svg import BACKGROUND, FOREGROUND, clusters, hexadecimal
from app.incident.markup import Markup, element, joined
from capture.printable import printable

Cells = tuple[str, str, bool]
"""Text, the class that paints it, and whether it is one character of two cells."""
WIDE = 2
LEAST_ROWS = 4
"""So many are drawn, however empty they are."""


class Chapter(NamedTuple):
    """Where a step began."""

    at_ms: int
    step: int
    command: str


class Film(NamedTuple):
    """What a page plays."""

    name: str
    """Of its elements."""
    title: str
    columns: int
    lines: int
    """Of the terminal."""
    rows: int
    """That anything was ever in, from the top."""
    drawn: tuple[tuple[Cells, ...], ...]
    """Every row that is seen, once; the first is empty."""
    pictures: tuple[tuple[int, tuple[int, ...]], ...]
    """Milliseconds from the start, and the number in `drawn` of each row from the top."""
    cursors: tuple[tuple[int, int] | None, ...]
    """Column and row, by picture; None: hidden."""
    chapters: tuple[Chapter, ...]

    @property
    def data(self) -> dict[str, Any]:
        """For the script: of each picture its time, its cursor, and the rows that are others than before."""
        blank = (0,) * self.rows
        before = [blank, *(rows for _, rows in self.pictures)]
        return {
            "columns": self.columns,
            "rows": self.rows,
            "drawn": [[list(cells) for cells in row] for row in self.drawn],
            "pictures": [
                [at_ms, list(cursor or ()), [[at, row] for at, row in enumerate(rows) if row != old[at]]]
                for (at_ms, rows), cursor, old in zip(self.pictures, self.cursors, before, strict=False)
            ],
            "chapters": [list(chapter) for chapter in self.chapters],
        }


class Pens:
    """Names the ways in which cells are painted, for one page."""

    def __init__(self) -> None:
        self._names: dict[Pen, str] = {Pen(): ""}

    def name(self, pen: Pen) -> str:
        """The class that paints so; empty for the plain one."""
        return self._names.setdefault(pen, f"p{len(self._names)}")

    @property
    def style(self) -> str:
        """Their CSS."""
        return "".join(f".{name}{{{_rule(pen)}}}" for pen, name in self._names.items() if name)


def film(name: str, title: str, screens: Sequence[Screen], chapters: Iterable[Chapter], pens: Pens) -> Film:
    """Pictures of a recording, ready for a page.

    Args:
        name: Of its elements; unique on the page.
        title: For people.
        screens: At least one, with nothing in them to hide.
        chapters: Where steps began.
        pens: Of the page.
    """
    numbers: dict[tuple[Cells, ...], int] = {(): 0}
    found = [[numbers.setdefault(tuple(_cells(line, pens)), len(numbers)) for line in one.lines] for one in screens]
    # What stayed blank to the end is left out.
    used = [max((at for at, row in enumerate(rows, 1) if row), default=0) for rows in found]
    reached = [one.cursor.row + 1 for one in screens if one.cursor.visible]
    rows = max(*used, *reached, LEAST_ROWS)
    pictures = [
        (one.at_us // 1000, (*lines[:rows], *([0] * (rows - len(lines)))))
        for one, lines in zip(screens, found, strict=True)
    ]
    return Film(
        name=name,
        title=title,
        columns=max(screen.columns for screen in screens),
        lines=max(screen.rows for screen in screens),
        rows=rows,
        drawn=tuple(numbers),
        pictures=tuple(pictures),
        cursors=tuple((one.cursor.column, one.cursor.row) if one.cursor.visible else None for one in screens),
        chapters=tuple(chapters),
    )


def last_picture(shown: Film) -> Markup:
    """What stood on the screen in the end, for who runs no script."""
    rows = (joined(*map(_drawn, shown.drawn[row])) for row in shown.pictures[-1][1])
    return joined(*(element("div", row, cls="row") for row in rows))


def _drawn(cells: Cells) -> Markup:
    text, pen, wide = cells
    return element("span", text, cls=" ".join(filter(None, (pen, "wide" if wide else ""))) or None)


def _cells(line: Line, pens: Pens) -> Iterator[Cells]:
    """A row without the blanks that nobody sees at its end."""
    spans = list(line)
    while spans and not spans[-1].text.strip() and pens.name(spans[-1].pen) == "":
        spans.pop()
    for number, (text, pen) in enumerate(spans, 1):
        shown = text.rstrip() if number == len(spans) and pen == Pen() else text
        for width, characters in groupby(clusters(shown), key=cell_len):
            if width == WIDE:
                yield from ((printable(character), pens.name(pen), True) for character in characters)
            else:
                yield printable("".join(characters)), pens.name(pen), False


def _rule(pen: Pen) -> str:
    foreground, background = pen.foreground, pen.background
    if pen.inverse:
        foreground, background = background or BACKGROUND, foreground or FOREGROUND
    lines = " ".join(name for name, on in (("underline", pen.underline), ("line-through", pen.strike)) if on)
    said = (
        ("color", hexadecimal(foreground) if foreground else ""),
        ("background", hexadecimal(background) if background else ""),
        ("font-weight", "bold" if pen.bold else ""),
        ("font-style", "italic" if pen.italic else ""),
        ("opacity", ".6" if pen.faint else ""),
        ("text-decoration", lines),
    )
    return ";".join(f"{name}:{value}" for name, value in said if value)
