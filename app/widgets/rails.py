"""Lines beside a list, from the row that makes a value to the rows that take it: which lanes they run in (pure)."""

from collections.abc import Mapping, Sequence

import msgspec

from app.widgets.prose import Piece, Row, Tone

MOST = 5
"""Lanes side by side; a value for which none is free is told, and not drawn."""
_GLYPHS = {
    # up, down, left
    (True, True, False): "├",
    (True, True, True): "┼",
    (False, True, False): "╭",
    (False, True, True): "┬",
    (True, False, False): "╰",
    (True, False, True): "┴",
}


class Thread(msgspec.Struct, frozen=True):
    """A value on its way down a list."""

    start: int
    """The row that makes it, counted from 0."""
    takers: tuple[int, ...]
    """The rows that take it, rising, below the start."""
    weak: bool = False
    """In question: drawn broken."""

    @property
    def end(self) -> int:
        """The last row that takes it."""
        return self.takers[-1]

    def touches(self, row: int) -> bool:
        """Whether a row makes or takes it."""
        return row == self.start or row in self.takers


class Rails:
    """Threads in lanes: what begins first runs leftmost, and a lane is used again below its end."""

    def __init__(self, threads: Sequence[Thread]) -> None:
        """Lay them out.

        Args:
            threads: In any order; one that nothing takes is not drawn.
        """
        lanes: list[list[Thread]] = []
        for thread in sorted((one for one in threads if one.takers), key=lambda one: (one.start, -one.end)):
            free = next((lane for lane in lanes if lane[-1].end < thread.start), None)
            if free is not None:
                free.append(thread)
            elif len(lanes) < MOST:
                lanes.append([thread])
        self._lanes = lanes
        self._rows = _by_row(lanes)

    @property
    def width(self) -> int:
        """Cells that a line begins with; 0 where nothing is drawn."""
        return len(self._lanes) + 2 if self._lanes else 0

    def pieces(self, row: int, *, lit: int | None) -> Row:
        """What stands before a row.

        Args:
            row: Counted from 0.
            lit: The row whose threads stand out.
        """
        if not self._lanes:
            return ()
        here = self._rows.get(row, {})
        touched = [lane for lane, thread in here.items() if thread.touches(row)]
        first = min(touched, default=len(self._lanes))
        weak = bool(touched) and all(here[lane].weak for lane in touched)
        along = _tone(next((here[lane] for lane in touched if _stands_out(here[lane], lit)), None), lit)
        drawn = [self._cell(lane, row, here.get(lane), first, lit, (weak, along)) for lane in range(len(self._lanes))]
        taken = [here[lane] for lane in touched if row in here[lane].takers]
        head = ("┄" if weak else "─") if touched else " "
        if taken:
            head = "?" if all(one.weak for one in taken) else "▸"
        return (*drawn, Piece(f"{head} ", along if touched else Tone.DIM))

    @staticmethod
    def _cell(
        lane: int, row: int, thread: Thread | None, first: int, lit: int | None, along: tuple[bool, Tone]
    ) -> Piece:
        weak, tone = along
        if thread is None:
            return Piece(("┄" if weak else "─") if lane > first else " ", tone)
        if not thread.touches(row):
            return Piece("┆" if thread.weak else "│", _tone(thread, lit))
        glyph = _GLYPHS[row > thread.start, row < thread.end, lane > first]
        return Piece(glyph, _tone(thread, lit))


def _by_row(lanes: Sequence[Sequence[Thread]]) -> Mapping[int, Mapping[int, Thread]]:
    """Which thread runs in which lane, by row."""
    rows: dict[int, dict[int, Thread]] = {}
    for number, lane in enumerate(lanes):
        for thread in lane:
            for row in range(thread.start, thread.end + 1):
                rows.setdefault(row, {})[number] = thread
    return rows


def _stands_out(thread: Thread, lit: int | None) -> bool:
    return lit is not None and thread.touches(lit)


def _tone(thread: Thread | None, lit: int | None) -> Tone:
    if thread is None or not _stands_out(thread, lit):
        return Tone.DIM
    return Tone.WARN if thread.weak else Tone.HEAD
