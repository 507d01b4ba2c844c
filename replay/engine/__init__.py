"""Asks the mode, looks, acts, judges, tells: the one loop behind every replay, whoever drives it."""

from collections.abc import Callable
from dataclasses import dataclass, field

from replay import progress
from replay.engine.acting import Acting
from replay.engine.asking import Asking
from replay.engine.concluding import conclude
from replay.engine.course import Course
from replay.job import Job
from replay.modes import Ruling
from replay.outcome import Replay, StepOutcome, StepState, Usage
from replay.playbook import PlaybookStep
from replay.protocols import (
    Answer,
    Claims,
    Director,
    Executor,
    Headless,
    Mender,
    Move,
    Readiness,
    Rewinder,
    Unclaimed,
)
from replay.stepping.past import NO_LAYERS, ONLY_IN_A_SHADOW, Past
from replay.veiling import veiled


@dataclass
class Engine:
    """One replay; `run` takes it to its end."""

    job: Job
    ruling: Ruling
    readiness: Readiness
    executor: Executor | None
    mender: Mender | None
    director: Director
    tell: Callable[[progress.ReplayEvent], None]
    halted: Callable[[], str | None] = lambda: None
    """Why the replay must end before its next step; None: it goes on."""
    rewinder: Rewinder | None = None
    """Takes steps back; None: what ran stays."""
    claims: Claims = field(default_factory=Unclaimed)
    _course: Course = field(init=False)
    _past: Past = field(init=False)
    _asking: Asking = field(init=False)
    _acting: Acting = field(init=False)

    def __post_init__(self) -> None:
        """Stand before the first step."""
        self._course = Course(self.job, self.executor, self.claims)
        self._past = Past(self.rewinder, NO_LAYERS if self.job.shadow else ONLY_IN_A_SHADOW)
        self._asking = Asking(self._course, self.director, self._past, self.tell)
        self._acting = Acting(
            self._course,
            self.ruling,
            self.readiness,
            self.mender,
            self.director,
            self._past,
            self._asking,
            self.tell,
            self.halted,
        )

    def run(self) -> Replay:
        """Replay to the end, the first divergence, or a person's stop.

        Returns:
            The whole replay, told as `ReplayEnded` as well.
        """
        job, course = self.job, self._course
        self.tell(
            progress.ReplayBegan(
                replay_id=job.replay_id,
                playbook=course.playbook,
                mode=job.mode,
                bindings=course.shown_values,
                shadow=job.shadow,
            )
        )
        if self.executor:
            self.director.running(self.executor.interrupt)
        self._refuse_ahead()
        while self._goes_on():
            self._take(course.index)
        replay = self._conclude()
        self.tell(progress.ReplayEnded(replay=replay))
        return replay

    def cancel(self) -> Replay:
        """Conclude a replay that was interrupted from outside."""
        self._course.cancelled = True
        return self._conclude()

    def _refuse_ahead(self) -> None:
        """Run nothing where policy refuses a later step already: who steps may leave that one out."""
        if self.executor is None or not isinstance(self.director, Headless):
            return
        course = self._course
        coming = list(enumerate(course.playbook.steps, 1))[self.job.from_step - 1 :]
        found = self.readiness.refused_ahead(((at, step) for at, step in coming if not step.skip), course.values)
        if found is None:
            return
        index, check = found
        for at in range(1, index):
            skipped = at < self.job.from_step or course.playbook.steps[at - 1].skip
            status = StepState.SKIPPED if skipped else StepState.NOT_RUN
            course.note(course.told(StepOutcome(step_index=at, status=status)))
        shown = course.playbook.steps[index - 1].run
        self._acting.refuse(
            veiled(check, course.secrets), StepOutcome(step_index=index, status=StepState.READY, run=shown)
        )

    def _goes_on(self) -> bool:
        """Whether there is a step to take; where it would end, the one who steps may take steps back first."""
        while self._course.stop or self._course.over:
            if self.executor is None or self._ends() or not self._asking.another_way(self._asking.ask()):
                return False
        return not self._ends()

    def _ends(self) -> bool:
        return self._course.cancelled or self.halted() is not None

    def _take(self, index: int) -> None:
        """Do with one step what its document, the person and the mode say."""
        course = self._course
        step = course.playbook.steps[index - 1]
        if self.rewinder:
            course.standing = course.holding(before=False)
        self._past.note(index, course.moment())
        answer = self._answer(index, step)
        if answer is Move.RUN or answer is Move.INTO:
            self._acting.take(index, step, into=answer is Move.INTO)
        elif answer is Move.SKIP:
            course.note(course.told(StepOutcome(step_index=index, status=StepState.SKIPPED)))
        elif not self._asking.another_way(answer):
            course.cancelled = True

    def _answer(self, index: int, step: PlaybookStep) -> Answer:
        if step.skip or index < self.job.from_step:
            return Move.SKIP
        if self.executor is None:
            return Move.RUN
        answer = self._asking.ask()
        # What was interrupted while it was asked is answered; whoever ended the replay said so before interrupting.
        self.executor.calm()
        if self.director.ended:
            return Move.STOP
        self._course.left_out = self._course.left_out or answer is Move.SKIP
        return answer

    def _conclude(self) -> Replay:
        course = self._course
        if self.mender:
            course.playbook, course.digest = self.mender.conclude() or (course.playbook, course.digest)
        usage = self.mender.usage if self.mender else Usage()
        return conclude(course, self.ruling, halted=self.halted(), usage=usage, went_back=self._past.went_back)
