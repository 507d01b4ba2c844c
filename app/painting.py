"""How an emulator's cells are painted, in a widget or straight onto a terminal; bytes of a recording never are."""

from collections.abc import Iterator

from rich.cells import cell_len, set_cell_size
from rich.color import Color, ColorSystem
from rich.style import Style

from app.cellwise import rich_colour
from app.emulator import Line, Pen, Picture

ENTER, LEAVE = "\x1b[?1049h\x1b[2J\x1b[?25l", "\x1b[0m\x1b[?25h\x1b[?1049l"
"""Take the alternate screen with the cursor hidden, and give it back."""
UNDERLINE = "replaybook-underline"
"""Where a style that Rich has no words for carries its underline: style, colour, number in the palette."""


def pen_style(pen: Pen, *, own: bool = False) -> Style:
    """How Rich paints what an emulator's pen painted.

    Args:
        pen: What the program asked for.
        own: In the colours that the user's terminal has for the palette, for text and for paper.
    """
    foreground, background = (
        Color.from_rgb(*colour) if colour else None for colour in (pen.foreground, pen.background)
    )
    if own:
        foreground = rich_colour(pen.foreground, pen.foreground_index)
        background = rich_colour(pen.background, pen.background_index)
    lined = (int(pen.underline), pen.underline_colour, pen.underline_index)
    return Style(
        link=pen.link,
        color=foreground,
        bgcolor=background,
        bold=pen.bold or None,
        dim=pen.faint or None,
        italic=pen.italic or None,
        underline=bool(pen.underline) or None,
        reverse=pen.inverse or None,
        strike=pen.strike or None,
        meta={UNDERLINE: lined} if own and lined != (pen.underline > 0, None, None) else None,
    )


def repaint(before: Picture | None, now: Picture, *, columns: int, rows: int, colours: ColorSystem | None) -> str:
    """What a terminal must be sent so that it shows a picture.

    Only cells are drawn, each a character that `app.emulator.drawable` let through, between sequences of our own:
    cursor position, SGR, erase to the end of the line. What a program had printed can't act on the terminal again.

    Args:
        before: What it shows; None: nothing that is known.
        now: What it is to show; cut where it is larger.
        columns: Width of the terminal.
        rows: Height of the terminal.
        colours: What it can show; None: no colours and no attributes.
    """
    if before is not None and (before.columns, len(before.lines)) != (now.columns, len(now.lines)):
        before = None
    painted = ["\x1b[0m\x1b[2J"] if before is None else []
    for row, line in enumerate(now.lines[:rows]):
        if before is None or before.lines[row] != line:
            painted += (f"\x1b[{row + 1};1H", *_cells(line, columns, colours), "\x1b[K")
    cursor = now.cursor
    if cursor.visible and cursor.row < rows and cursor.column < columns:
        painted.append(f"\x1b[{cursor.row + 1};{cursor.column + 1}H\x1b[?25h")
    elif painted or before is None or before.cursor.visible:
        painted.append("\x1b[?25l")
    return "".join(painted)


def _cells(line: Line, columns: int, colours: ColorSystem | None) -> Iterator[str]:
    room = columns
    for text, pen in line:
        width = min(cell_len(text), room)
        shown = set_cell_size(text, width)
        yield shown if colours is None else pen_style(pen).render(shown, color_system=colours)
        room -= width
