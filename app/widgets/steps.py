"""The list of steps on the left of every screen: gutter, state symbol, number, command."""

from collections.abc import Iterable, Sequence
from enum import StrEnum

import msgspec
from rich.cells import cell_len
from textual.message import Message

from app.widgets.choices import Choices, shortened
from app.widgets.prose import Piece, Row, Tone, command_line, piece


class Mark(StrEnum):
    """How a step stands; each has a sign of its own, so that colour only repeats it."""

    PENDING = "·"
    CURRENT = "▸"
    RUNNING = "…"
    SUCCESS = "✓"
    FAILED = "✗"
    SKIPPED = "-"
    WARNED = "!"
    UNKNOWN = "?"
    REFUSED = "⊘"
    DEAD_END = "⊣"
    """Nothing that came later rests on it."""
    SAID = "»"
    """No step: somebody said something."""


TONES = {
    Mark.CURRENT: Tone.HEAD,
    Mark.RUNNING: Tone.HEAD,
    Mark.SUCCESS: Tone.GOOD,
    Mark.FAILED: Tone.BAD,
    Mark.WARNED: Tone.WARN,
    Mark.UNKNOWN: Tone.WARN,
    Mark.REFUSED: Tone.BAD,
    Mark.DEAD_END: Tone.WARN,
    Mark.SAID: Tone.HEAD,
}
BREAKPOINT = "●"
"""The sign of a step that a replay halts before."""
CONDITIONAL = "◐"
"""The sign of a step that it halts before if something is so."""
FORESEEN = "○"
"""The sign of a step that, if it goes as recorded, makes it halt behind it."""
ROOM_FOR_COMMAND = 22
"""Cells that sign, number and command have at least before anything is told beside them."""


class StepRow(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One line of the list."""

    index: int
    """Counts from 1; below 0 for what is shown between the steps and is none, as one that was left out."""
    command: str
    """As recorded; only its first line is shown."""
    mark: Mark = Mark.PENDING
    """How it stands."""
    sign: str = ""
    """In the gutter: what a person put there, as a breakpoint."""
    above: str = ""
    """What came before it and is no step, on a line of its own."""
    below: str = ""
    """What came behind it and is no step, on a line of its own."""
    told: str = ""
    """At the right edge, where there is room: what came of it, in a few characters."""
    depth: int = 0
    """How many steps it is a part of."""

    @property
    def height(self) -> int:
        """Lines that it takes."""
        return 1 + bool(self.above) + bool(self.below)


class StepList(Choices):
    """Steps; the cursor says which one the other panes are about."""

    class Moved(Message):
        """The cursor went to another step."""

        def __init__(self, steps: "StepList", index: int) -> None:
            """Say where it is.

            Args:
                steps: The list.
                index: The step, counted from 1.
            """
            super().__init__()
            self.steps = steps
            """The list."""
            self.index = index
            """The step, counted from 1."""

        def can_replace(self, message: Message) -> bool:
            """Where it went last is enough."""
            return isinstance(message, StepList.Moved) and message.steps is self.steps

    def __init__(self, *, id: str | None = None, gutter: bool = False) -> None:  # noqa: A002 - Textual's own name
        """Begin empty.

        Args:
            id: For style sheets and queries.
            gutter: Whether there is a column for signs that a person puts there.
        """
        super().__init__(id=id)
        self._gutter = gutter
        self._rows: dict[int, StepRow] = {}
        self._order: list[int] = []
        self._digits = 1

    @property
    def rows(self) -> tuple[StepRow, ...]:
        """What is listed."""
        return tuple(self._rows.values())

    @property
    def step(self) -> int | None:
        """The step under the cursor, counted from 1."""
        return None if self.highlighted is None else self._order[self.highlighted]

    @property
    def numbered(self) -> int | None:
        """The same; None where what is under the cursor is no step."""
        return self.step if self.step is not None and self.step > 0 else None

    def show(self, rows: Iterable[StepRow], *, cursor: int | None = None) -> None:
        """Replace the list.

        Args:
            rows: In order.
            cursor: The step to put the cursor on; None keeps it where it was.
        """
        wanted = cursor or self.step or 1
        self._rows = {row.index: row for row in rows}
        self._order = list(self._rows)
        if wanted not in self._rows:
            ahead = (index for index in self._order if index >= max(wanted, 1))
            wanted = next(ahead, max(self._rows, default=1))
        self._fill(wanted)

    def update(self, row: StepRow) -> None:
        """Replace one line, or add it behind the last."""
        before = self._rows.get(row.index)
        self._rows[row.index] = row
        if before is None:
            self._order.append(row.index)
        if before is None or before.height != row.height:
            self._fill(self.step or row.index, tell=self.step is None)
        else:
            self.refresh()

    def go_to(self, index: int) -> None:
        """Put the cursor on a step."""
        if index in self._rows:
            self.highlighted = self._order.index(index)

    def moved(self, item: int) -> None:
        """Tell it in steps, not in lines."""
        self.post_message(self.Moved(self, self._order[item]))

    def lines_of(self, item: int) -> Sequence[Row]:
        """Gutter, state, number, command; what else there is to say above and below."""
        row = self._rows[self._order[item]]
        number = str(row.index) if row.index > 0 else ""
        gutter = (piece(f"{row.sign:1} ", Tone.BAD),) if self._gutter else ()
        ahead = row.mark in (Mark.SKIPPED, Mark.DEAD_END) or (self._gutter and row.mark is Mark.PENDING)
        line: Row = (
            *gutter,
            piece(f"{row.mark} ", TONES.get(row.mark, Tone.DIM)),
            piece(f"{number:>{self._digits}} {'  ' * row.depth}", Tone.DIM),
            piece(command_line(row.command), Tone.DIM if ahead else Tone.PLAIN),
        )
        margin = " " * (2 * self._gutter)
        above = [(piece(f"{margin}{row.above}", Tone.WARN),)] if row.above else []
        below = [(piece(f"{margin}{row.below}", Tone.WARN),)] if row.below else []
        return [*above, self._with_told(line, row.told), *below]

    def _with_told(self, line: Row, told: str) -> Row:
        """With what is told at the right edge, unless the command would have too little room."""
        width, taken = self.inner_width, cell_len(told) + 1
        if not told or width - taken < ROOM_FOR_COMMAND:
            return line
        short = shortened(line, width - taken)
        gap = width - taken + 1 - sum(cell_len(text) for text, _ in short)
        return (*short, Piece(" " * gap), piece(told, Tone.DIM))

    def _fill(self, wanted: int, *, tell: bool = True) -> None:
        self._digits = len(str(max(self._rows, default=1)))
        heights = [self._rows[index].height for index in self._order]
        self.fill(heights, cursor=self._order.index(wanted) if wanted in self._rows else None, tell=tell)


def columns_for(rows: Sequence[StepRow], *, least: int, most: int) -> int:
    """How wide a list should be to show its commands.

    Args:
        rows: What it lists.
        least: Never narrower.
        most: Never wider.

    Returns:
        Cells.
    """
    longest = max((cell_len(command_line(row.command)) for row in rows), default=0)
    return max(least, min(most, longest + 8))
