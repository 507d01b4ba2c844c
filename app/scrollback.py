"""Looking back over what a terminal has shown: where one is, what is selected and what was found (pure)."""

from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import NamedTuple

from app.cellwise import cells
from app.emulator import Line, Pen, Picture, Span

WORD = frozenset("-._~/:@%+#=?&")
"""What belongs to a word beside letters and digits: paths and addresses stay whole."""


class Spot(NamedTuple):
    """A cell, counted from the oldest row that is kept; in the order of reading."""

    row: int
    column: int


class Match(NamedTuple):
    """Where something was found, in one row."""

    row: int
    start: int
    end: int
    """The column behind it."""


def found(rows: Sequence[str], wanted: str) -> list[Match]:
    """Every place of a text, oldest first.

    Args:
        rows: Of the terminal, oldest first.
        wanted: Capitals count if there is one in it.
    """
    if not wanted:
        return []
    same = str if wanted != wanted.lower() else str.lower
    matches = []
    for number, row in enumerate(rows):
        text, at = same(row), -1
        while (at := text.find(wanted, at + 1)) >= 0:
            start = len(_cells(row[:at]))
            matches.append(Match(number, start, start + len(_cells(row[at : at + len(wanted)]))))
    return matches


def nearest(matches: Sequence[Match], spot: Spot, *, back: bool) -> Match | None:
    """The next match from a cell, round the end.

    Args:
        matches: Oldest first.
        spot: That cell; one that begins there does not count.
        back: Towards the oldest.
    """
    if not matches:
        return None
    if back:
        return next((one for one in reversed(matches) if (one.row, one.start) < spot), matches[-1])
    return next((one for one in matches if (one.row, one.start) > spot), matches[0])


def word_at(row: str, column: int) -> tuple[int, int]:
    """The first and the last column of the word at a column.

    Args:
        row: Of the terminal.
        column: Any.
    """
    texts = _cells(row)
    if column >= len(texts) or not _in_word(texts[column]):
        return column, column
    start = end = column
    while start and _in_word(texts[start - 1]):
        start -= 1
    while end + 1 < len(texts) and _in_word(texts[end + 1]):
        end += 1
    return start, end


def marked(line: Line, columns: int, spans: Iterable[tuple[int, int, Pen]]) -> Line:
    """Draw parts of a line in another way.

    Args:
        line: As the emulator tells it.
        columns: Its width.
        spans: First column, the one behind the last, and a pen of which every attribute that is set is added;
            an inverse one turns what is inverse already.
    """
    row = cells(line, columns)
    for start, end, pen in spans:
        for column in range(max(start, 0), min(end, columns)):
            text, own = row[column]
            row[column] = (text, _added(own, pen))
    parts = groupby(row, key=lambda cell: cell[1])
    return tuple(Span("".join(text for text, _ in part), pen) for pen, part in parts)


def lit(picture: Picture, wanted: str, pen: Pen) -> Picture:
    """A picture in which a text stands out wherever it stands.

    Args:
        picture: Any.
        wanted: As for `found`.
        pen: As for `marked`.
    """
    lines = list(picture.lines)
    for match in found(picture.text, wanted):
        lines[match.row] = marked(lines[match.row], picture.columns, [(match.start, match.end, pen)])
    return picture._replace(lines=tuple(lines))


def selected_part(row: int, columns: int, one: Spot, other: Spot) -> tuple[int, int] | None:
    """Which columns of a row are between two cells, both included, in the order of reading.

    Args:
        row: Counted as theirs.
        columns: How wide it is.
        one: An end of the selection.
        other: The other end.
    """
    first, last = sorted((one, other))
    if not first.row <= row <= last.row:
        return None
    return (first.column if row == first.row else 0, last.column + 1 if row == last.row else columns)


def _added(own: Pen, more: Pen) -> Pen:
    return own._replace(
        inverse=own.inverse != more.inverse, bold=own.bold or more.bold, underline=own.underline or more.underline
    )


def _cells(text: str) -> list[str]:
    return [cell for cell, _ in cells(((text, Pen()),))]


def _in_word(text: str) -> bool:
    return not text or text[0].isalnum() or text[0] in WORD
