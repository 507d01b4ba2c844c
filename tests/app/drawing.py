"""Draws what an app shows as an SVG that is small, the same on every machine, and opens in a browser."""

import html
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import groupby
from typing import NamedTuple

from rich.cells import cell_len
from rich.color import Color
from rich.style import Style
from rich.terminal_theme import DIMMED_MONOKAI, TerminalTheme
from textual.app import App
from textual.strip import Strip

from app.formats.svg import clusters

WIDTH, HEIGHT, ASCENT = 12, 24, 18
"""Of a cell, in the picture's own units; the letters are 20 high."""
FONT = "'DejaVu Sans Mono','Liberation Mono',Menlo,Consolas,monospace"
JOINED = 4
"""Blanks between two runs of one look that are drawn rather than jumped over."""
PALETTE = DIMMED_MONOKAI
"""What the terminal's own sixteen colours are drawn as."""


class Look(NamedTuple):
    """How a character is drawn."""

    fill: str
    bold: bool
    italic: bool
    underline: bool
    strike: bool

    @property
    def css(self) -> str:
        lines = " ".join(name for name, on in (("underline", self.underline), ("line-through", self.strike)) if on)
        return (
            f"fill:{self.fill}"
            + (";font-weight:700" if self.bold else "")
            + (";font-style:italic" if self.italic else "")
            + (f";text-decoration:{lines}" if lines else "")
        )


class Cell(NamedTuple):
    """One character, with what combines with it, and the paper under it."""

    column: int
    width: int
    text: str
    look: Look
    paper: str


def drawn(app: App[None]) -> str:
    """What the app shows now.

    Args:
        app: A running one.

    Returns:
        A whole SVG document.
    """
    return document(shown(app), width=app.size.width)


def shown(app: App[None]) -> list[Strip]:
    """The lines that the app shows now, those of the screens under a dialog as well."""
    update = app.screen._compositor.render_update(full=True, screen_stack=app._background_screens)
    return [Strip.join(parts) for parts in update.strips]  # type: ignore[union-attr] # a full one is of the whole layout


def document(strips: Sequence[Strip], *, width: int, theme: TerminalTheme = PALETTE) -> str:
    """Lines of a terminal as a picture.

    Args:
        strips: The lines.
        width: In cells.
        theme: Of the colours that are the terminal's own.

    Returns:
        A whole SVG document.
    """
    rows = [list(_cells(strip, theme)) for strip in strips]
    papers = Counter(cell.paper for row in rows for cell in row)
    page = max(sorted(papers), key=lambda paper: papers[paper])
    looks: dict[Look, str] = {}
    text = "".join(_row(row, number, looks) for number, row in enumerate(rows))
    css = "".join(f".{name}{{{look.css}}}" for look, name in looks.items())
    box = f'width="{width * WIDTH}" height="{len(rows) * HEIGHT}"'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" {box}>'
        f"<style>text{{font:20px {FONT};white-space:pre}}{css}</style>\n"
        f'<rect {box} fill="{page}"/>\n{_papers(rows, page)}{text}</svg>\n'
    )


def _papers(rows: Sequence[Sequence[Cell]], page: str) -> str:
    """Rectangles where the paper is another than the page's; equal ones below each other are one."""
    tall: dict[tuple[int, int, str], list[list[int]]] = {}
    for number, row in enumerate(rows):
        for paper, run in groupby(row, key=lambda cell: cell.paper):
            cells = list(run)
            if paper == page:
                continue
            spans = tall.setdefault((cells[0].column, sum(cell.width for cell in cells), paper), [])
            if spans and spans[-1][1] == number:
                spans[-1][1] = number + 1
            else:
                spans.append([number, number + 1])
    return "".join(
        f'<rect x="{column * WIDTH}" y="{top * HEIGHT}" width="{width * WIDTH}" '
        f'height="{(bottom - top) * HEIGHT}" fill="{paper}"/>\n'
        for (column, width, paper), spans in tall.items()
        for top, bottom in spans
    )


def _row(row: Sequence[Cell], number: int, looks: dict[Look, str]) -> str:
    """One line's characters; blanks are jumped over."""
    runs = "".join(
        f'<tspan x="{column * WIDTH}" class="{looks.setdefault(look, _name(len(looks)))}">{html.escape(text)}</tspan>'
        for column, look, text in _runs(row)
    )
    return f'<text y="{number * HEIGHT + ASCENT}">{runs}</text>\n' if runs else ""


def _runs(row: Sequence[Cell]) -> Iterator[tuple[int, Look, str]]:
    """Where characters of one look begin, and which they are; wide ones each have a place of their own."""
    column, end, look, text = 0, 0, None, ""
    for cell in row:
        if cell.text.isspace() and not (cell.look.underline or cell.look.strike):
            continue
        gap = cell.column - end
        if look == cell.look and gap <= JOINED and cell.width == 1:
            text += " " * gap + cell.text
        else:
            if look is not None:
                yield column, look, text
            column, look, text = cell.column, cell.look, cell.text
        end = cell.column + cell.width
        if cell.width > 1:
            yield column, cell.look, text
            look = None
    if look is not None:
        yield column, look, text


def _cells(strip: Strip, theme: TerminalTheme) -> Iterator[Cell]:
    column = 0
    for segment in strip:
        if segment.control:
            continue
        look, paper = _look(segment.style or Style(), theme)
        text = segment.text
        if text.isascii():
            yield from (Cell(at, 1, letter, look, paper) for at, letter in enumerate(text, column))
            column += len(text)
            continue
        for piece in clusters(text):
            width = cell_len(piece)
            yield Cell(column, width, piece, look, paper)
            column += width


@cache
def _look(style: Style, theme: TerminalTheme) -> tuple[Look, str]:
    ink, paper = _colour(style.color, theme, ink=True), _colour(style.bgcolor, theme, ink=False)
    if style.reverse:
        ink, paper = paper, ink
    if style.dim:
        ink = tuple((3 * one + 2 * other) // 5 for one, other in zip(ink, paper, strict=True))  # type: ignore[assignment] # as long
    look = Look(_hex(ink), bool(style.bold), bool(style.italic), bool(style.underline), bool(style.strike))
    return look, _hex(paper)


def _colour(colour: Color | None, theme: TerminalTheme, *, ink: bool) -> tuple[int, int, int]:
    default = theme.foreground_color if ink else theme.background_color
    return tuple(default if colour is None else colour.get_truecolor(theme, foreground=ink))  # type: ignore[return-value] # three of them


def _hex(colour: tuple[int, int, int]) -> str:
    return "#{:02x}{:02x}{:02x}".format(*colour)


def _name(number: int) -> str:
    """a, b, … z, aa, ab, …"""
    letters = ""
    while True:
        letters = chr(97 + number % 26) + letters
        number = number // 26 - 1
        if number < 0:
            return letters
