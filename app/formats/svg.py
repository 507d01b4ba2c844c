"""Draws terminal screens as SVG, still or moving: text and rectangles, no script, nothing loaded from elsewhere."""

import html
import re
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import NamedTuple

from rich.cells import cell_len

from app.emulator import Colour, Line, Pen
from app.formats.screens import Screen
from capture.printable import printable

FONT = "'Fira Code','JetBrains Mono','DejaVu Sans Mono',Menlo,Consolas,'Noto Sans Mono',monospace"
"""The first that the reader's machine has; every run of text is stretched to its cells whatever its font."""
FONT_SIZE, CELL_WIDTH, CELL_HEIGHT, MARGIN = 14, 8.4, 18, 12
FOREGROUND: Colour = (217, 217, 217)
BACKGROUND: Colour = (18, 18, 20)
REST_US = 2_000_000
"""How long the last picture of a moving one stands until it begins again."""
_ASCENT = 13.5
_FORBIDDEN = re.compile("[^\t\n\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML can't hold in any form."""
_CONSTANT = (
    f".s{{font:{FONT_SIZE}px {FONT};white-space:pre}}.b{{font-weight:bold}}.i{{font-style:italic}}"
    ".u{text-decoration:underline}.x{text-decoration:line-through}.u.x{text-decoration:underline line-through}"
    ".f{opacity:.6}"
)


class _Run(NamedTuple):
    """Neighbouring cells that are drawn as one."""

    column: int
    width: int
    text: str
    pen: Pen


def still(screen: Screen, title: str) -> str:
    """One screen.

    Args:
        screen: What to draw.
        title: For who can't see it, and for the browser's tab.

    Returns:
        A whole SVG document.
    """
    rows = "".join(f'<g transform="translate(0,{_n(y)})">{drawn}</g>' for y, drawn in _rows(screen) if drawn)
    return _document(screen.columns, screen.rows, title, "", f"{rows}{_cursor(screen)}")


def moving(screens: Sequence[Screen], title: str) -> str:
    """All screens one after the other, for ever: a strip of pictures that CSS moves on from one to the next.

    Args:
        screens: At least one; equal rows are drawn once and used again.
        title: For who can't see it, and for the browser's tab.

    Returns:
        A whole SVG document.
    """
    columns, rows = max(screen.columns for screen in screens), max(screen.rows for screen in screens)
    width = columns * CELL_WIDTH + 2 * MARGIN
    drawings: dict[str, str] = {}
    pictures = []
    for number, screen in enumerate(screens):
        used = "".join(
            f'<use href="#{drawings.setdefault(drawn, f"r{len(drawings)}")}" y="{_n(y)}"/>'
            for y, drawn in _rows(screen)
            if drawn
        )
        pictures.append(f'<g transform="translate({_n(number * width)},0)">{used}{_cursor(screen)}</g>')
    definitions = "".join(f'<g id="{name}">{drawn}</g>' for drawn, name in drawings.items())
    body = f'<defs>{definitions}</defs><g class="t">{"".join(pictures)}</g>'
    return _document(columns, rows, title, _timeline(screens, width), body)


def _timeline(screens: Sequence[Screen], width: float) -> str:
    """The CSS that shows each picture for its time; who asked for no motion sees the last one."""
    whole = screens[-1].at_us - screens[0].at_us + REST_US
    last = f"transform:translateX({_n(-(len(screens) - 1) * width)}px)"
    frames = "".join(
        f"{100 * (screen.at_us - screens[0].at_us) / whole:.5g}%{{transform:translateX({_n(-number * width)}px)}}"
        for number, screen in enumerate(screens)
    )
    return (
        f"@keyframes t{{{frames}100%{{{last}}}}}.t{{animation:t {whole / 1e6:.3f}s step-end infinite}}"
        f"@media (prefers-reduced-motion:reduce){{.t{{animation:none;{last}}}}}"
    )


def _document(columns: int, rows: int, title: str, style: str, body: str) -> str:
    inner_width, inner_height = columns * CELL_WIDTH, rows * CELL_HEIGHT
    width, height = inner_width + 2 * MARGIN, inner_height + 2 * MARGIN
    size = f'width="{_n(width)}" height="{_n(height)}"'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} viewBox="0 0 {_n(width)} {_n(height)}" role="img">'
        f"<title>{_escaped(title)}</title><style>{_CONSTANT}{style}</style>"
        f'<rect {size} rx="8" fill="{hexadecimal(BACKGROUND)}"/>'
        f'<svg x="{MARGIN}" y="{MARGIN}" width="{_n(inner_width)}" height="{_n(inner_height)}" '
        f'class="s" fill="{hexadecimal(FOREGROUND)}" xml:space="preserve">{body}</svg></svg>\n'
    )


def _rows(screen: Screen) -> Iterator[tuple[float, str]]:
    """The top of each row, and the row drawn; empty when there is nothing on it."""
    for row, line in enumerate(screen.lines):
        yield row * CELL_HEIGHT, "".join(_drawn(run) for run in _runs(line))


def _runs(line: Line) -> Iterator[_Run]:
    """The line cut where pen or character width change: a wide character has a place of its own."""
    column = 0
    for text, pen in line:
        for width, cells in groupby(clusters(text), key=cell_len):
            drawn = list(cells)
            pieces = ["".join(drawn)] if width == 1 else drawn
            for piece in pieces:
                taken = width * (len(drawn) if width == 1 else 1)
                yield _Run(column, taken, piece, pen)
                column += taken


def clusters(text: str) -> Iterator[str]:
    """Characters with what combines with them."""
    held = ""
    for character in text:
        if held and cell_len(character):
            yield held
            held = ""
        held += character
    if held:
        yield held


def _drawn(run: _Run) -> str:
    foreground, background = run.pen.foreground, run.pen.background
    if run.pen.inverse:
        foreground, background = background or BACKGROUND, foreground or FOREGROUND
    box = ""
    if background is not None and background != BACKGROUND:
        box = (
            f'<rect x="{_n(run.column * CELL_WIDTH)}" width="{_n(run.width * CELL_WIDTH)}" '
            f'height="{CELL_HEIGHT}" fill="{hexadecimal(background)}"/>'
        )
    lined = run.pen.underline or run.pen.strike
    text = run.text if lined else run.text.rstrip(" ")
    if not text:
        return box
    blanks = 0 if lined else len(text) - len(text.lstrip(" "))
    width = run.width - (len(run.text) - len(text)) - blanks
    classes = " ".join(name for name, on in _classes(run.pen) if on)
    return (
        f'{box}<text x="{_n((run.column + blanks) * CELL_WIDTH)}" y="{_n(_ASCENT)}" '
        f'textLength="{_n(width * CELL_WIDTH)}" lengthAdjust="spacingAndGlyphs"'
        + (f' class="{classes}"' if classes else "")
        + (f' fill="{hexadecimal(foreground)}"' if foreground is not None else "")
        + f">{_escaped(text[blanks:])}</text>"
    )


def _classes(pen: Pen) -> tuple[tuple[str, bool], ...]:
    return (("b", pen.bold), ("i", pen.italic), ("u", bool(pen.underline)), ("x", pen.strike), ("f", pen.faint))


def _cursor(screen: Screen) -> str:
    cursor = screen.cursor
    if not cursor.visible:
        return ""
    place = f'x="{_n(cursor.column * CELL_WIDTH)}" y="{_n(cursor.row * CELL_HEIGHT)}"'
    return f'<rect {place} width="{CELL_WIDTH}" height="{CELL_HEIGHT}" fill="{hexadecimal(FOREGROUND)}" opacity=".5"/>'


def _escaped(text: str) -> str:
    return html.escape(_FORBIDDEN.sub("\ufffd", printable(text)))


def hexadecimal(colour: Colour) -> str:
    """A colour as SVG and CSS write it."""
    return "#{:02x}{:02x}{:02x}".format(*colour)


def _n(number: float) -> str:
    return f"{number:.1f}".removesuffix(".0")
