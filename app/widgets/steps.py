"""The list of steps on the left of every screen: gutter, state symbol, number, command."""

from collections.abc import Iterable, Sequence
from enum import StrEnum

import msgspec
from rich.cells import cell_len
from textual.content import Content
from textual.message import Message
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from app.widgets.choices import Choices
from app.widgets.prose import Piece, Tone, command_line, content, piece


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


TONES = {
    Mark.CURRENT: Tone.HEAD,
    Mark.RUNNING: Tone.HEAD,
    Mark.SUCCESS: Tone.GOOD,
    Mark.FAILED: Tone.BAD,
    Mark.WARNED: Tone.WARN,
    Mark.UNKNOWN: Tone.WARN,
    Mark.REFUSED: Tone.BAD,
}
BREAKPOINT = "●"
"""The sign of a step that a replay halts before."""
CONDITIONAL = "◐"
"""The sign of a step that it halts before if something is so."""
FORESEEN = "○"
"""The sign of a step that, if it goes as recorded, makes it halt behind it."""


class StepRow(msgspec.Struct, frozen=True, kw_only=True):
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

    def __init__(self, *, id: str | None = None, gutter: bool = False) -> None:  # noqa: A002 - Textual's own name
        """Begin empty.

        Args:
            id: For style sheets and queries.
            gutter: Whether there is a column for signs that a person puts there.
        """
        super().__init__(id=id, markup=False)
        self._gutter = gutter
        self._rows: dict[int, StepRow] = {}

    @property
    def rows(self) -> tuple[StepRow, ...]:
        """What is listed."""
        return tuple(self._rows.values())

    @property
    def step(self) -> int | None:
        """The step under the cursor, counted from 1."""
        return None if self.highlighted is None else tuple(self._rows)[self.highlighted]

    def show(self, rows: Iterable[StepRow], *, cursor: int | None = None) -> None:
        """Replace the list.

        Args:
            rows: In order.
            cursor: The step to put the cursor on; None keeps it where it was.
        """
        wanted = cursor or self.step or 1
        self._rows = {row.index: row for row in rows}
        self.set_options([Option(self._line(row)) for row in self._rows.values()])
        if self._rows:
            self.go_to(wanted if wanted in self._rows else min(max(wanted, 1), max(self._rows)))

    def update(self, row: StepRow) -> None:
        """Replace one line, or add it behind the last."""
        known = row.index in self._rows
        self._rows[row.index] = row
        if known:
            self.replace_option_prompt_at_index(list(self._rows).index(row.index), self._line(row))
        else:
            self.add_option(Option(self._line(row)))

    def go_to(self, index: int) -> None:
        """Put the cursor on a step."""
        if index in self._rows:
            self.highlighted = list(self._rows).index(index)

    def on_option_list_option_highlighted(self, event: OptionList.OptionHighlighted) -> None:
        """Tell it in steps, not in lines."""
        event.stop()
        indexes: Sequence[int] = tuple(self._rows)
        if event.option_index < len(indexes):
            self.post_message(self.Moved(self, indexes[event.option_index]))

    def _line(self, row: StepRow) -> Content:
        digits = len(str(max(self._rows, default=row.index)))
        number = str(row.index) if row.index > 0 else ""
        gutter = [piece(f"{row.sign:1} ", Tone.BAD)] if self._gutter else []
        ahead = row.mark is Mark.SKIPPED or (self._gutter and row.mark is Mark.PENDING)
        tone = Tone.DIM if ahead else Tone.PLAIN
        line = [
            *gutter,
            piece(f"{row.mark} ", TONES.get(row.mark, Tone.DIM)),
            piece(f"{number:>{digits}} ", Tone.DIM),
            piece(command_line(row.command), tone),
        ]
        margin = " " * (2 * self._gutter)
        above = [piece(f"{margin}{row.above}", Tone.WARN), Piece("\n")] if row.above else []
        below = [Piece("\n"), piece(f"{margin}{row.below}", Tone.WARN)] if row.below else []
        return content([*above, *line, *below])


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
