"""Recorded text on its way to a widget: made printable at the one edge that every widget uses, never read as markup."""

from collections.abc import Iterable, Iterator, Sequence
from enum import StrEnum
from typing import NamedTuple

from rich.cells import cell_len, set_cell_size
from textual.content import Content

from app.calls import call_words
from capture.printable import printable

TAB = 4
LONGEST = 512
"""Characters that are folded at once."""


class Tone(StrEnum):
    """What a piece of text is to the reader; themes say how it looks."""

    PLAIN = "plain"
    DIM = "dim"
    STRONG = "strong"
    HEAD = "head"
    GOOD = "good"
    BAD = "bad"
    WARN = "warn"
    MASK = "mask"
    """A placeholder or a mask: what varies."""
    LIT = "lit"
    """The part of a line that something is said about."""


STYLES = {
    Tone.PLAIN: "",
    Tone.DIM: "$foreground-muted",
    Tone.STRONG: "bold",
    Tone.HEAD: "bold $text-primary",
    Tone.GOOD: "$text-success",
    Tone.BAD: "$text-error",
    Tone.WARN: "$text-warning",
    Tone.MASK: "italic $text-accent",
    Tone.LIT: "bold underline $text-warning",
}
"""Theme variables only."""


class Piece(NamedTuple):
    """Printable text of one tone."""

    text: str
    tone: Tone = Tone.PLAIN


Row = tuple[Piece, ...]


def piece(text: str, tone: Tone = Tone.PLAIN) -> Piece:
    """Make any text a piece of one line.

    Args:
        text: Anything, as recorded.
        tone: What it is to the reader.

    Returns:
        Printable; line ends and tabs are shown as spaces.
    """
    return Piece(printable(text).replace("\n", " ").expandtabs(TAB), tone)


def row(text: str, tone: Tone = Tone.PLAIN) -> Row:
    """One line of one tone."""
    return (piece(text, tone),)


def rows(text: str, tone: Tone = Tone.PLAIN, *, first: str = "", rest: str = "") -> list[Row]:
    """Make text of several lines rows.

    Args:
        text: Anything, as recorded.
        tone: What it is to the reader.
        first: Put before the first line.
        rest: Put before the others.

    Returns:
        One row a line; none for empty text.
    """
    lines = text.removesuffix("\n").split("\n") if text else []
    return [(Piece(rest if number else first, Tone.DIM), piece(line, tone)) for number, line in enumerate(lines)]


def content(pieces: Iterable[Piece]) -> Content:
    """Make pieces what Textual's own widgets draw, without any reading of markup."""
    return Content.assemble(*((text, STYLES[tone]) for text, tone in pieces))


def wrapped(pieces: Row, width: int) -> list[Row]:
    """Fold a row that is too wide, at spaces where there are some; what follows a label stays behind it.

    Args:
        pieces: The row.
        width: Cells to fit into.

    Returns:
        At least one row.
    """
    if width < 1 or sum(len(text) if text.isascii() else cell_len(text) for text, _ in pieces) <= width:
        return [pieces]
    label = pieces[0].text if len(pieces) > 1 and pieces[0].text.endswith(" ") else ""
    indent = cell_len(label) if cell_len(label) <= width // 3 else 0
    head, rest = _cut(_shortened(pieces), width)
    folded = [head]
    while rest:
        head, rest = _cut(rest, width - indent)
        folded.append((Piece(" " * indent), *head) if indent else head)
    return folded


def parted(pieces: Row, most: int) -> Iterator[Row]:
    """A row in parts of about so many characters; most rows are one."""
    part, size = list[Piece](), 0
    for text, tone in pieces:
        for at in range(0, max(len(text), 1), most):
            if size >= most:
                yield tuple(part)
                part, size = [], 0
            part.append(Piece(text[at : at + most], tone))
            size += len(part[-1].text)
    yield tuple(part)


def clipped(text: str, width: int) -> str:
    """Shorten printable text to a width, with an ellipsis where something is missing."""
    if cell_len(text) <= width:
        return text
    return set_cell_size(text, max(width - 1, 0)).rstrip() + "…" if width > 0 else ""


def command_line(command: str) -> str:
    """A command on one line: its first line, and a sign when there is more; a call by its name and what it is given."""
    called = call_words(command)
    if called is not None:
        return called
    first, _, more = command.strip().partition("\n")
    return f"{first} …" if more else first


def _shortened(pieces: Row) -> Row:
    """The same in pieces of a bounded length: folding measures a piece again for each line that it takes from it."""
    return tuple(
        Piece(text[at : at + LONGEST], tone) for text, tone in pieces for at in range(0, max(len(text), 1), LONGEST)
    )


def _cut(pieces: Row, width: int) -> tuple[Row, Row]:
    """The part of a row that fits, and what is left."""
    taken: list[Piece] = []
    room = width
    for number, (text, tone) in enumerate(pieces):
        if cell_len(text) <= room:
            taken.append(Piece(text, tone))
            room -= cell_len(text)
            continue
        begun = any(text for text, _ in taken)
        at = _break(text, room, forced=not begun)
        torn = " " not in text[:at].lstrip() and text[at : at + 1] != " "
        apart = text.startswith(" ") or (begun and taken[-1].text.endswith(" "))
        if begun and torn and apart and cell_len(text) <= width:
            at = 0
        if at:
            taken.append(Piece(text[:at], tone))
        return tuple(taken), (Piece(text[at:].lstrip(" ") if at or begun else text, tone), *pieces[number + 1 :])
    return tuple(taken), ()


def _break(text: str, room: int, *, forced: bool) -> int:
    """How many characters to keep of text that is too wide."""
    fits, cells = 0, 0
    for character in text:
        cells += cell_len(character)
        if cells > room:
            break
        fits += 1
    space = text.rfind(" ", 0, fits + 1)
    if space > fits // 3:
        return space
    return fits if fits or not forced else 1


def diff_rows(diff: str) -> list[Row]:
    """A unified diff as rows; signs say it, tones repeat it.

    Args:
        diff: As `difflib` writes it.

    Returns:
        The changed lines with their neighbours, without the file heads.
    """
    shown = [line for line in diff.splitlines() if not line.startswith(("---", "+++"))]
    return [row(line if not line.startswith("@@") else "⋯", diff_tone(line)) for line in _trimmed(shown)]


def _trimmed(lines: Sequence[str]) -> Sequence[str]:
    return lines[1:] if lines and lines[0].startswith("@@") else lines


def diff_tone(line: str) -> Tone:
    """The tone of a line of a unified diff, by its sign."""
    return {"+": Tone.GOOD, "-": Tone.BAD, "@": Tone.DIM}.get(line[:1], Tone.PLAIN)
