"""How one replay goes, step by step: what the Replay screen knows of it, without any widget (pure)."""

from collections.abc import Collection

from app.screens.comparing import STATE_MARKS, actual_rows, check_rows, recorded_rows, running_rows, step_words
from app.widgets.prose import Row, Tone, row
from app.widgets.steps import BREAKPOINT, CONDITIONAL, FORESEEN, Mark, StepRow
from replay.outcome import Replay
from replay.playbook import Playbook, PlaybookStep
from replay.progress import StepBegan, StepChecked, StepJudged
from replay.stepping.breakpoints import Breakpoint

NOT_RUN = row("not run yet", Tone.DIM)


class Course:
    """Marks, results and durations of the steps of a playbook, and which of them the replay is at."""

    def __init__(self, playbook: Playbook) -> None:
        """Nothing was run.

        Args:
            playbook: What is replayed; an approved repair puts another in its place.
        """
        self.playbook = playbook
        """The version that runs now."""
        self.here = 0
        """The step that runs, or that the replay stands before; 0 before the first."""
        self.marks: dict[int, Mark] = {}
        """Of the steps that something is known of."""
        self.durations: dict[int, float] = {}
        """Milliseconds, of the steps that ran."""
        self._actual: dict[int, list[Row]] = {}

    @property
    def count(self) -> int:
        """How many steps there are."""
        return len(self.playbook.steps)

    @property
    def running(self) -> bool:
        """Whether a step runs."""
        return self.marks.get(self.here) is Mark.RUNNING

    def stand(self, index: int, mark: Mark) -> None:
        """Be at a step."""
        self.here = index
        self.marks[index] = mark

    def checked(self, event: StepChecked) -> None:
        """A step was looked at, and not run."""
        index = event.outcome.step_index
        self._actual[index] = check_rows(self._step(index), event.outcome)
        self.stand(event.outcome.step_index, STATE_MARKS[event.outcome.status])

    def began(self, event: StepBegan) -> None:
        """A step runs."""
        self._actual[event.step_index] = running_rows(self._step(event.step_index), event.command, "")
        self.stand(event.step_index, Mark.RUNNING)

    def printed(self, output: str) -> None:
        """The running step has printed so much."""
        step = self._step(self.here)
        self._actual[self.here] = running_rows(step, step.run, output)

    def judged(self, event: StepJudged) -> None:
        """A step ended, and was held against the recording."""
        index = event.outcome.step_index
        self._actual[index] = actual_rows(self._step(index), event.step, event.failure)
        self.durations[index] = event.step.duration_ms
        self.marks[index] = Mark.FAILED if event.failure else Mark.SUCCESS

    def mended(self, playbook: Playbook) -> None:
        """The replay goes on with another version, from the step that it is at."""
        self.playbook = playbook
        self._actual.pop(self.here, None)

    def went_back(self, index: int) -> None:
        """Steps from there on were taken back: nothing is known of them."""
        for known in (self.marks, self.durations, self._actual):
            for at in [at for at in known if at >= index]:
                del known[at]
        self.here = index

    def ended(self, replay: Replay) -> None:
        """The replay's own word on every step stands."""
        self.marks |= {outcome.step_index: STATE_MARKS[outcome.status] for outcome in replay.steps}

    def recorded(self, index: int) -> list[Row]:
        """What the playbook expects of a step."""
        return recorded_rows(self._step(index))

    def _step(self, index: int) -> PlaybookStep:
        return self.playbook.steps[index - 1]

    def actual(self, index: int) -> list[Row]:
        """What came of it."""
        return self._actual.get(index, [NOT_RUN])

    def step_row(self, index: int, breakpoints: Collection[Breakpoint]) -> StepRow:
        """One line of the list of steps."""
        return StepRow(
            index=index,
            command=step_words(self.playbook.steps[index - 1]),
            mark=self.marks.get(index, Mark.PENDING),
            sign=self._sign(index, breakpoints),
        )

    def _sign(self, index: int, breakpoints: Collection[Breakpoint]) -> str:
        """In the gutter: halts before it for sure, under a condition, or perhaps behind it."""
        here = [one for one in breakpoints if one.step == index]
        if here:
            return BREAKPOINT if any(one.condition is None for one in here) else CONDITIONAL
        return FORESEEN if any(one.foreseen(index, self._step(index)) for one in breakpoints) else ""

    def step_rows(self, breakpoints: Collection[Breakpoint]) -> list[StepRow]:
        """The list of steps."""
        return [self.step_row(index, breakpoints) for index in range(1, self.count + 1)]
