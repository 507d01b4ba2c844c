"""Compare: two runs side by side, step by step; in what a step differs is told in words below."""

from collections.abc import Iterator
from typing import ClassVar

from textual import on
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.widget import Widget

from app.actions import Area, bindings
from app.screens.base import BookScreen
from app.screens.incident import ask_incident
from app.screens.paired import paired_rows
from app.telling import comparison_summary, difference_lines, head_line, named_line
from app.widgets.beside import Beside, Place
from app.widgets.lines import Lines
from app.widgets.prose import Piece, Row, Tone, diff_tone, piece, row, rows
from app.widgets.recorded import done_rows, lasted
from app.widgets.steps import Mark, StepList, StepRow
from app.workers.tasks import Refused, in_thread
from app.workers.telling import Compared, PairSeen
from capture.printable import printable
from replay.history.comparing import Aligned
from replay.history.comparison import Comparison, StepComparison


class CompareScreen(BookScreen):
    """Pairs of steps on the left; in what the one under the cursor differs on the right."""

    AREA = Area.COMPARE
    BINDINGS: ClassVar[list[BindingType]] = bindings(Area.COMPARE)

    def __init__(self, one: str, two: str) -> None:
        """Hold two runs against each other.

        Args:
            one: A run or a replay.
            two: Another one.
        """
        super().__init__()
        self._refs = one, two
        self._found: Comparison | None = None
        self._aligned: Aligned | None = None
        self.steps = StepList(id="steps")
        """Pairs, and steps that only one of them has."""
        self.runs, self.difference = Lines(id="heads"), Lines(id="difference")
        """Which two, and in what a step differs."""
        self.sides = Beside(id="sides")
        """Both, line by line, under one scroll."""

    def compose_body(self) -> Iterator[Widget]:
        """Which runs above; steps and differences below."""
        yield self.runs
        with Horizontal():
            yield self.steps
            with Vertical(id="detail"):
                yield self.sides
                yield self.difference

    def on_mount(self) -> None:
        """Compare."""
        self.runs.border_title, self.steps.border_title, self.difference.border_title = "Runs", "Steps", "Difference"
        self.sides.recorded.border_title, self.sides.actual.border_title = "1", "2"
        self.title_bar.place("compare")
        self.difference.show([row("comparing …", Tone.DIM)])
        self.steps.focus()
        core, (one, two) = self.core, self._refs
        in_thread(self, lambda: Compared(*core.side_by_side(one, two)), group="compare")

    @on(Compared)
    def show(self, event: Compared) -> None:
        """Fill the panes; the cursor goes to the first step that differs."""
        self._found, self._aligned = event.comparison, event.aligned
        found = event.comparison
        self.sides.recorded.border_title, self.sides.actual.border_title = _titles(found)
        sign = piece("✓ same", Tone.GOOD) if found.same else piece("≠ different", Tone.WARN)
        self.title_bar.facts(sign, comparison_summary(found).partition(": ")[2])
        self.runs.show(
            [
                (Piece("- 1 ", Tone.BAD), piece(head_line(found.one))),
                (Piece("+ 2 ", Tone.GOOD), piece(head_line(found.two))),
                *(row(f"    {named_line(value, '')}", Tone.DIM) for value in found.values),
            ]
        )
        if not found.steps:
            self.difference.show([row("Neither of them has a step.", Tone.DIM)])
        first = next((number for number, step in enumerate(found.steps, 1) if not step.same), 1)
        self.steps.show([_listed(number, step) for number, step in enumerate(found.steps, 1)], cursor=first)

    @on(Refused)
    def show_why_not(self, event: Refused) -> None:
        """There is nothing else to show."""
        self.difference.show(rows(event.reason, Tone.BAD, first="✗ ", rest="  "))

    @on(StepList.Moved)
    def follow(self, event: StepList.Moved) -> None:
        """Show the pair under the cursor."""
        if self._found is None or self._aligned is None:
            return
        number, aligned, compared = event.index, self._aligned, self._found.steps[event.index - 1]
        self.difference.show(difference_rows(compared))

        def work() -> PairSeen:
            return PairSeen(number, paired_rows(compared, *aligned.steps(number), aligned.outputs(number)))

        in_thread(self, work, group="pair")

    @on(PairSeen)
    def show_pair(self, event: PairSeen) -> None:
        """Show both, unless the cursor is elsewhere by now; what differs first is in view."""
        if event.number == self.steps.step:
            self.sides.show(event.pairs, at=Place.DIFFERENCE)

    def action_next_difference(self) -> None:
        """Go to the next step that differs."""
        self._go(1)

    def action_previous_difference(self) -> None:
        """Go to the step before that differs."""
        self._go(-1)

    def action_incident(self) -> None:
        """Write a report of the replay that is compared, the second one of two."""
        if self._found is not None:
            one, two = self._found.one, self._found.two
            ask_incident(self, two.replay_id or one.replay_id or two.run_id)

    def _go(self, way: int) -> None:
        steps, at = (self._found.steps if self._found else ()), self.steps.step or 1
        numbers = [number for number, step in enumerate(steps, 1) if not step.same and (number - at) * way > 0]
        if numbers:
            self.steps.go_to(min(numbers, key=lambda number: abs(number - at)))
        else:
            self.say("no other step differs")


def _listed(number: int, step: StepComparison) -> StepRow:
    mark = Mark.SKIPPED if step.left_out else Mark.SUCCESS if step.same else Mark.WARNED
    if not step.left_out and None in (step.one, step.two):
        mark = Mark.FAILED
    return StepRow(index=number, command=step.command.one or step.command.two or "", mark=mark)


def _titles(found: Comparison) -> tuple[str, str]:
    """What stands over the halves: recordings by their name, replays by their id."""
    return (
        f"1 {printable(found.one.replay_id or found.one.name)}",
        f"2 {printable(found.two.replay_id or found.two.name)}",
    )


def difference_rows(step: StepComparison) -> list[Row]:
    """In what one pair differs."""
    command = step.command.one or step.command.two or ""
    shown = done_rows(command)
    shown += [row(f"step {step.one or 'none'} of 1, step {step.two or 'none'} of 2", Tone.DIM)]
    if step.left_out:
        return [*shown, (), row("- The playbook leaves it out.", Tone.DIM)]
    if None in (step.one, step.two):
        return [*shown, (), row(f"✗ Only {1 if step.two is None else 2} has done it.", Tone.BAD)]
    one, two = lasted(step.duration_ms.one), lasted(step.duration_ms.two)
    shown += [row(f"{one} and {two}, which is no difference", Tone.DIM), ()]
    if step.same:
        return [*shown, row("✓ Nothing differs but what is known to vary.", Tone.GOOD)]
    shown += [row(f"≠ {', '.join(step.differs).replace('_', ' ')}", Tone.WARN), ()]
    return [*shown, *(row(line, diff_tone(line.strip())) for line in difference_lines(step))]
