"""Where a replay stands: its version, its values, its shell, what became of the steps, and what stopped it."""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field

from capture.trace import Step
from replay import binding, template
from replay.claims import has_effects
from replay.derived import derived
from replay.job import Job
from replay.outcome import Failure, Standing, StepOutcome, StepState, holding
from replay.playbook import Playbook, PlaybookStep
from replay.protocols import Claims, Executor, Proposed, Stop
from replay.stepping.past import Moment

NOTHING_PROPOSED = Proposed(repairs=(), abstained=None)


@dataclass
class Course:
    """All that changes while a replay runs."""

    job: Job
    executor: Executor | None
    claims: Claims
    playbook: Playbook = field(init=False)
    """The version that runs now: an approved repair makes another one."""
    digest: str = field(init=False)
    values: dict[str, str] = field(init=False)
    """Parameters and captured values by name, secret ones too."""
    standing: Standing = field(init=False)
    outcomes: list[StepOutcome] = field(init=False, default_factory=list)
    """What became of the steps, in order, up to the one that it stands before or stopped at."""
    stop: Stop | None = field(init=False, default=None)
    proposed: Proposed = field(init=False, default=NOTHING_PROPOSED)
    cancelled: bool = field(init=False, default=False)
    left_out: bool = field(init=False, default=False)
    """Whether a person left out a step that the document doesn't."""
    begun: StepOutcome | None = field(init=False, default=None)
    """What was found before the step that was begun last."""
    attempts: int = field(init=False, default=0)
    """Repairs approved at this step."""
    edited: set[str] = field(init=False, default_factory=set)
    """Names of values that a person changed."""
    _reached: tuple[Playbook | None, frozenset[str], frozenset[int]] = field(
        init=False, default=(None, frozenset(), frozenset())
    )

    def __post_init__(self) -> None:
        """Begin with the job's version and values."""
        self.playbook, self.digest = self.job.playbook, self.job.digest
        self.values = dict(self.job.bindings)
        self.standing = self.job.standing or Standing(cwd=self.job.cwd)

    @property
    def index(self) -> int:
        """The step that it stopped at or stands before; one more than there are: behind the last one."""
        return self.stop.failure.step_index if self.stop else len(self.outcomes) + 1

    @property
    def over(self) -> bool:
        """Whether no step is left."""
        return len(self.outcomes) >= len(self.playbook.steps)

    @property
    def running(self) -> Executor:
        """What runs the steps.

        Raises:
            TypeError: The mode runs none.
        """
        if self.executor is None:
            message = "a mode that runs steps was given no executor"
            raise TypeError(message)
        return self.executor

    @property
    def secrets(self) -> tuple[str, ...]:
        """Values that no text may show."""
        return binding.secrets(self.playbook, self.values)

    @property
    def shown_values(self) -> dict[str, str]:
        """The values as a person sees them."""
        return binding.shown(self.playbook, self.values)

    def shown(self, step: PlaybookStep, command: str) -> str:
        """The command that a person sees: as it runs, but for secret values."""
        if not binding.hides(self.playbook, template.names(step.run)):
            return command
        return template.render_shell(step.run, self.shown_values, self.playbook.shell)

    def note(self, outcome: StepOutcome) -> None:
        """What became of the step that it stood before."""
        if outcome.status is StepState.SUCCESS:
            self.attempts = 0
        self.outcomes.append(outcome)

    def told(self, outcome: StepOutcome, failure: Failure | None = None) -> StepOutcome:
        """An outcome that is on disk from here on."""
        self.claims.ended(outcome, failure=failure, bindings=self.shown_values, standing=self.standing)
        return outcome

    def claim(self, checked: StepOutcome, command: str) -> None:
        """From here on, a step with effects may have happened, whatever becomes of this process."""
        if has_effects(command, self.playbook.shell, defined=self.standing.defined):
            self.claims.claim(checked.step_index, checked.run, self.digest)

    def stopped_at(self, failure: Failure, checked: StepOutcome, *, actual: Step | None) -> Stop:
        """A stop here."""
        return Stop(
            replay_id=self.job.replay_id,
            failure=failure,
            command=checked.run,
            cwd=self.standing.cwd,
            actual=actual,
            bindings=dict(self.values),
        )

    def holding(self, *, before: bool) -> Standing:
        """Where the shell stands, with what no step tells of.

        Args:
            before: As it was before the step that ran last.
        """
        return holding(self.standing, self.executor.kept(before=before)) if self.executor else self.standing

    def derived(self, moved: AbstractSet[str]) -> frozenset[int]:
        """Steps whose files may depend on a value that is not the recorded one."""
        playbook, names, steps = self._reached
        if playbook is not self.playbook or names != moved:
            steps = derived(self.playbook, moved) if moved else frozenset()
            self._reached = self.playbook, frozenset(moved), steps
        return steps

    def goes_on_with(self, playbook: Playbook, digest: str) -> None:
        """Take the version that an approved repair made."""
        self.attempts += 1
        self.playbook, self.digest = playbook, digest
        self.values |= self._given_by_repairs()

    def moment(self) -> Moment:
        """What it is now, to come back to."""
        return Moment(dict(self.values), self.standing, self.left_out)

    def back_at(self, moment: Moment, index: int) -> None:
        """Stand before a step as it did then; what came of it and of those behind it is dropped."""
        del self.outcomes[index - 1 :]
        self.values = {**moment.values, **self._given_by_repairs()}
        self.standing, self.left_out = moment.standing, moment.left_out
        self.stop, self.begun, self.attempts, self.proposed = None, None, 0, NOTHING_PROPOSED

    def _given_by_repairs(self) -> dict[str, str]:
        """Literal defaults that approved repairs gave to parameters."""
        before = self.job.playbook.parameters
        return {
            name: parameter.default
            for name, parameter in self.playbook.parameters.items()
            if parameter.default is not None and "{{" not in parameter.default and before.get(name) != parameter
        }
