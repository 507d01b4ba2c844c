"""The Trace screen of an agent's run: what was said between its steps, and which of both is listed."""

from abc import abstractmethod
from collections.abc import Iterator

from app.dialogue import ALL, Said, Shown, agent_lines, turns
from app.screens.cutting import Cutting
from app.widgets.lines import Lines
from app.widgets.prose import Row, command_line
from app.widgets.recorded import named_rows, said_rows
from app.widgets.steps import Mark, StepRow
from capture.trace import Note, Step, Trace

NOBODY, NO_DEAD_END = "nobody said anything in this run", "this run has no dead end"
NOT_LONG = "only a call with a long input is folded"


class Conversing(Cutting):
    """Lists what was said as rows between the steps; their numbers are below 0."""

    def __init__(self) -> None:
        """Show all, long inputs folded."""
        super().__init__()
        self._turns = ALL
        self._unfolded = False
        self.effects = Lines(id="effects")
        """Files with their diffs, variables, dialogue."""

    @abstractmethod
    def step_row(self, step: Step) -> StepRow:
        """A step in the list."""

    @property
    def unfold_key(self) -> str | None:
        """What unfolds a long input; None while it is shown whole."""
        return None if self._unfolded else self.book.keys.first("unfold")

    @property
    def said(self) -> Note | None:
        """What was said in the row under the cursor; None where that is a step."""
        at = self.steps.step
        return self.trace.notes[-at - 1] if self.trace and at is not None and at < 0 else None

    @property
    def here(self) -> tuple[int, int, int]:
        """Where the cursor is, as `Hit.place`."""
        note = self.said
        return (note.after_step, -(self.steps.step or 0), 0) if note else super().here

    def list_turns(self, trace: Trace, cursor: int | None = None) -> None:
        """Fill the list."""
        self.steps.show(self._listed(trace), cursor=cursor)
        self.steps.border_title = " · ".join(filter(None, ("Steps", self._turns.words)))

    def _listed(self, trace: Trace) -> Iterator[StepRow]:
        for turn in turns(trace, self._turns):
            if isinstance(turn, Said):
                words = f"{turn.note.speaker}: {command_line(turn.note.text.lstrip())}"
                yield StepRow(index=-turn.number, command=words, mark=Mark.SAID)
            else:
                yield self.step_row(turn)

    def show_said(self, note: Note) -> None:
        """All that was said, and whose run it is."""
        self.output.border_title = "Said"
        self.output.show(said_rows(note, self.needle))
        self.effects.show(self.run_rows())
        self.effects.border_subtitle = ""
        self.tell_hit()

    def run_rows(self) -> list[Row]:
        """What an agent took, and what of another tool's record was left out; nothing where neither is known."""
        return named_rows("This run", agent_lines(self.trace.run)) if self.trace else []

    def reveal(self, at: int) -> None:
        """What is to be gone to is not left out any more."""
        if self.trace is not None and all(one.index != at for one in self.steps.rows):
            self._turns = ALL
            self.list_turns(self.trace)

    def action_toggle_talk(self) -> None:
        """Leave out what was said, or list it again."""
        spoken = self.trace is not None and any(note.speaker for note in self.trace.notes)
        self._change_turns(self._turns._replace(talk=not self._turns.talk), spoken, NOBODY)

    def action_toggle_dead_ends(self) -> None:
        """Leave out what nothing later rests on, or list it again."""
        dead = self.trace is not None and any(step.hints and step.hints.dead_end for step in self.trace.steps)
        self._change_turns(self._turns._replace(dead_ends=not self._turns.dead_ends), dead, NO_DEAD_END)

    def _change_turns(self, turned: Shown, there_are: bool, none: str) -> None:  # noqa: FBT001 - private, its words with it
        if self.trace is None or not there_are:
            self.say(none)
            return
        self._turns = turned
        self.list_turns(self.trace)

    def action_unfold(self) -> None:
        """Show long inputs whole, or folded again."""
        self._unfolded = not self._unfolded
        self.show_step()
