"""How one replay goes, step by step: what the Replay screen knows of it, without any widget (pure)."""

from collections.abc import Collection, Mapping, Sequence

from msgspec import structs

from app.pace import left_ms
from app.screens.comparing import STATE_MARKS, check_rows, recorded_rows, running_rows, step_words
from app.screens.judged import judged_pairs, shortened, zipped
from app.widgets.beside import Pair
from app.widgets.prose import Row, Tone, row
from app.widgets.steps import BREAKPOINT, CONDITIONAL, FORESEEN, Mark, StepRow
from replay.outcome import Replay
from replay.playbook import Playbook, PlaybookStep
from replay.progress import StepBegan, StepChecked, StepJudged
from replay.stepping.breakpoints import Breakpoint

NOT_RUN = row("not run yet", Tone.DIM)

LAST_LINES = 500
"""Lines of a running step that are shown, the last ones."""


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
        self.values: Mapping[str, str] = {}
        """Parameters and captured values, as they are now; secrets masked."""
        self.news: frozenset[str] = frozenset()
        """The names of those that have changed since the replay stood last."""
        self.pace: Mapping[int, float] = {}
        """Milliseconds that steps took before."""
        self.began_at = 0.0
        """When the running step began, in seconds of the screen's clock."""
        self._actual: dict[int, list[Row]] = {}
        self._judged: dict[int, Sequence[Pair]] = {}

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

    def goes_on_at(self, index: int) -> None:
        """The steps before are passed over."""
        self.marks |= dict.fromkeys(range(1, index), Mark.SKIPPED)

    def checked(self, event: StepChecked) -> None:
        """A step was looked at, and not run."""
        index = event.outcome.step_index
        self._judged.pop(index, None)
        self._actual[index] = check_rows(self._step(index), event.outcome)
        self.stand(event.outcome.step_index, STATE_MARKS[event.outcome.status])

    def began(self, event: StepBegan) -> None:
        """A step runs."""
        self._judged.pop(event.step_index, None)
        self._actual[event.step_index] = running_rows(self._step(event.step_index), event.command, "")
        self.stand(event.step_index, Mark.RUNNING)

    def printed(self, output: str) -> None:
        """The running step has printed so much."""
        step = self._step(self.here)
        end = "\n".join(output.rsplit("\n", LAST_LINES)[-LAST_LINES:])
        self._actual[self.here] = running_rows(step, step.run, end)

    def judged(self, event: StepJudged) -> None:
        """A step ended, and was held against the recording."""
        index = event.outcome.step_index
        self._judged[index] = judged_pairs(self._step(index), event.step, event.failure, self.values)
        self.durations[index] = event.step.duration_ms
        self.marks[index] = Mark.FAILED if event.failure else Mark.SUCCESS

    def mended(self, playbook: Playbook) -> None:
        """The replay goes on with another version, from the step that it is at."""
        self.playbook = playbook
        self._actual.pop(self.here, None)
        self._judged.pop(self.here, None)

    def went_back(self, index: int) -> None:
        """Steps from there on were taken back: nothing is known of them."""
        for known in (self.marks, self.durations, self._actual, self._judged):
            for at in [at for at in known if at >= index]:
                del known[at]
        self.here = index

    def ended(self, replay: Replay) -> None:
        """The replay's own word on every step stands."""
        self.marks |= {outcome.step_index: STATE_MARKS[outcome.status] for outcome in replay.steps}

    def now(self, values: Mapping[str, str]) -> None:
        """The replay stands, and its values are these."""
        self.news = frozenset(name for name, value in values.items() if self.values.get(name, value) != value)
        self.news |= frozenset(name for name in values if name not in self.values) if self.values else frozenset()
        self.values = dict(values)

    def pairs(self, index: int) -> Sequence[Pair]:
        """What is known of a step: recorded beside actual."""
        known = self._judged.get(index)
        return known or zipped(recorded_rows(_short(self._step(index))), self._actual.get(index, [NOT_RUN]), loose=True)

    def left(self, now: float) -> float:
        """How long the replay will still go, in milliseconds; 0: nobody can tell.

        Args:
            now: Seconds of the screen's clock.
        """
        running = self.here if self.running else None
        ahead = [index for index in range(max(self.here, 1), self.count + 1) if index != running]
        done = (Mark.SUCCESS, Mark.SKIPPED)
        since = (now - self.began_at) * 1_000
        waiting = [index for index in ahead if self.marks.get(index) not in done]
        return left_ms(self.pace, waiting, running=running, since_ms=since)

    def _step(self, index: int) -> PlaybookStep:
        return self.playbook.steps[index - 1]

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


def _short(step: PlaybookStep) -> PlaybookStep:
    """The same without what of its output is too long to be shown at once."""
    if step.expect.output is None:
        return step
    return structs.replace(step, expect=structs.replace(step.expect, output=shortened(step.expect.output)))
