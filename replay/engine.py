"""Asks the mode, looks, acts, judges, tells: the one loop behind every replay, whoever drives it."""

from collections.abc import Callable
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field

import msgspec

from capture.errors import BadInputError
from capture.trace import Step
from replay import binding, by_hand, progress, template
from replay.claims import has_effects
from replay.derived import derived
from replay.governance import policy
from replay.governance.permits import Need
from replay.job import Job
from replay.modes import Ruling, Verdict
from replay.modes.ruling import standing
from replay.obstacles import failed_check, without_value
from replay.outcome import (
    Check,
    Failure,
    Replay,
    ReplayStatus,
    Standing,
    StepOutcome,
    StepState,
    Usage,
    behind,
    holding,
)
from replay.playbook import Playbook, PlaybookStep
from replay.protocols import (
    Answer,
    Back,
    Claims,
    Director,
    Executor,
    Headless,
    Mender,
    Move,
    Proposed,
    Readiness,
    Rewinder,
    SetValues,
    Stop,
    Unclaimed,
)
from replay.stand import Part, Stand
from replay.stepping.listing import Listed, run_step
from replay.stepping.past import NO_LAYERS, ONLY_IN_A_SHADOW, Moment, Past
from replay.veiling import veiled

ATTEMPTS_PER_STEP = 3


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
    _playbook: Playbook = field(init=False)
    _digest: str = field(init=False)
    _values: dict[str, str] = field(init=False)
    _standing: Standing = field(init=False)
    _outcomes: list[StepOutcome] = field(init=False, default_factory=list)
    _stop: Stop | None = field(init=False, default=None)
    _proposed: Proposed = field(init=False, default=Proposed(repairs=(), abstained=None))
    _cancelled: bool = field(init=False, default=False)
    _left_out: bool = field(init=False, default=False)
    _begun: StepOutcome | None = field(init=False, default=None)
    _by_force: bool = field(init=False, default=False)
    _attempts: int = field(init=False, default=0)
    _past: Past = field(init=False)
    _ran: Step | None = field(init=False, default=None)
    _into: bool = field(init=False, default=False)
    _refused: str = field(init=False, default="")
    _edited: set[str] = field(init=False, default_factory=set)
    _reached: tuple[Playbook | None, frozenset[str], frozenset[int]] = field(
        init=False, default=(None, frozenset(), frozenset())
    )

    def __post_init__(self) -> None:
        """Begin with the job's version and values."""
        self._playbook, self._digest = self.job.playbook, self.job.digest
        self._values = dict(self.job.bindings)
        self._standing = self.job.standing or Standing(cwd=self.job.cwd)
        self._past = Past(self.rewinder, NO_LAYERS if self.job.shadow else ONLY_IN_A_SHADOW)

    def run(self) -> Replay:
        """Replay to the end, the first divergence, or a person's stop.

        Returns:
            The whole replay, told as `ReplayEnded` as well.
        """
        job = self.job
        self.tell(
            progress.ReplayBegan(
                replay_id=job.replay_id,
                playbook=self._playbook,
                mode=job.mode,
                bindings=binding.shown(self._playbook, self._values),
                shadow=job.shadow,
            )
        )
        if self.executor:
            self.director.running(self.executor.interrupt)
        self._refuse_ahead()
        while self._goes_on():
            self._take(len(self._outcomes) + 1)
        replay = self._conclude()
        self.tell(progress.ReplayEnded(replay=replay))
        return replay

    def cancel(self) -> Replay:
        """Conclude a replay that was interrupted from outside."""
        self._cancelled = True
        return self._conclude()

    def _refuse_ahead(self) -> None:
        """Run nothing where policy refuses a later step already: who steps may leave that one out."""
        if self.executor is None or not isinstance(self.director, Headless):
            return
        coming = list(enumerate(self._playbook.steps, 1))[self.job.from_step - 1 :]
        found = self.readiness.refused_ahead(((at, step) for at, step in coming if not step.skip), self._values)
        if found is None:
            return
        index, check = found
        for at in range(1, index):
            skipped = at < self.job.from_step or self._playbook.steps[at - 1].skip
            status = StepState.SKIPPED if skipped else StepState.NOT_RUN
            self._note(self._told(StepOutcome(step_index=at, status=status)))
        shown = self._playbook.steps[index - 1].run
        self._refuse(veiled(check, self._secrets), StepOutcome(step_index=index, status=StepState.READY, run=shown))

    def _goes_on(self) -> bool:
        """Whether there is a step to take; where it would end, the one who steps may take steps back first."""
        while self._stop or len(self._outcomes) >= len(self._playbook.steps):
            if self.executor is None or self._ends() or not self._another_way(self._ask()):
                return False
        return not self._ends()

    def _ends(self) -> bool:
        return self._cancelled or self.halted() is not None

    def _take(self, index: int) -> None:
        """Do with one step what its document, the person and the mode say."""
        step = self._playbook.steps[index - 1]
        if self.rewinder:
            self._standing = self._holding(before=False)
        self._past.note(index, Moment(dict(self._values), self._standing, self._left_out))
        answer = self._answer(index, step)
        if answer is Move.RUN or answer is Move.INTO:
            self._into = answer is Move.INTO
            self._look_and_act(index, step)
        elif answer is Move.SKIP:
            self._note(self._told(StepOutcome(step_index=index, status=StepState.SKIPPED)))
        elif not self._another_way(answer):
            self._cancelled = True

    def _answer(self, index: int, step: PlaybookStep) -> Answer:
        if step.skip or index < self.job.from_step:
            return Move.SKIP
        if self.executor is None:
            return Move.RUN
        answer = self._ask()
        self._left_out = self._left_out or answer is Move.SKIP
        return answer

    def _ask(self, part: Part | None = None) -> Answer:
        """The one who steps, where it stands now."""
        failure = self._stop.failure if self._stop else None
        index = failure.step_index if failure else len(self._outcomes) + 1
        ran, self._ran = self._ran, None
        refused, self._refused = self._refused, ""
        back = self._past.reachable(index, again=failure is not None or part is not None)
        return self.director.next(
            Stand(
                step_index=index,
                playbook=self._playbook,
                values=binding.shown(self._playbook, self._values),
                ran=ran,
                failure=failure,
                part=part,
                back=tuple(at for at in back if at >= self.job.from_step),
                no_way_back=self._past.why_not,
                refused=refused,
            )
        )

    def _another_way(self, answer: Answer) -> bool:
        """Whether the one who steps wants to go on in another way than with the next step."""
        match answer:
            case Back(to=to):
                self._go_back(to)
            case SetValues(values=values):
                self._values |= values
                self._edited |= values.keys()
            case _:
                return False
        return True

    def _go_back(self, to: int) -> None:
        """Stand before a step again; what came of it and of those behind it is dropped, and told."""
        at = self._stop.failure.step_index if self._stop else len(self._outcomes) + 1
        try:
            moment = self._past.back_to(to, at=at, run_id=self._running().run_id, now=self._standing)
        except BadInputError as error:
            self._refused = str(error)
            return
        del self._outcomes[to - 1 :]
        self._values = {**moment.values, **_changed_parameters(self.job.playbook, self._playbook)}
        self._standing, self._left_out = moment.standing, moment.left_out
        self._stop, self._begun, self._attempts = None, None, 0
        self._proposed = Proposed(repairs=(), abstained=None)
        self.tell(progress.SteppedBack(step_index=to))

    def _look_and_act(self, index: int, step: PlaybookStep) -> None:
        unset = sorted(template.names(step.run) - self._values.keys())
        if unset:
            command = shown = step.run
            checks = without_value(unset, self._playbook)
        else:
            command = template.render_shell(step.run, self._values, self._playbook.shell)
            shown = self._shown(step, command)
            found, secrets = self.readiness.check(step, command, self._values), self._secrets
            checks = tuple(veiled(check, secrets) for check in found)
        outcome = StepOutcome(step_index=index, status=standing(checks), checks=checks, run=shown)
        self.tell(progress.StepChecked(step_index=index, outcome=outcome))
        match self.ruling.before(checks):
            case Verdict.ASSUME:
                self._values |= {} if unset else self.readiness.assume(step, command, self._values, step_index=index)
                self._note(outcome)
            case Verdict.RUN:
                self._with_permission(step, command, outcome)
            case verdict:
                verdict = Verdict.STOP if policy.rules_out(checks) else verdict
                if outcome.status in (StepState.WARNED, StepState.UNKNOWN):
                    outcome = msgspec.structs.replace(outcome, status=StepState.BLOCKED)
                self._diverge(self._stopped_at(failed_check(index, checks), outcome, actual=None), outcome, verdict)

    def _with_permission(self, step: PlaybookStep, command: str, checked: StepOutcome) -> None:
        """Run a step that nothing speaks against, once a person said what its safety level wants said.

        Args:
            step: The step.
            command: Its text with all values in, secret ones too.
            checked: What was found before.
        """
        index, why = checked.step_index, step.safety_reason or f"it is {step.safety}"
        match self.job.permits.need(step.safety):
            case Need.HAND_OVER:
                self._hand_over(step, checked)
            case Need.ASK if not self.director.confirm(index, checked.run, why):
                self._refuse(policy.unconfirmed(step, checked.run), checked)
            case _:
                self._act(step, command, checked)

    def _hand_over(self, step: PlaybookStep, checked: StepOutcome) -> None:
        """Have a person do a step, and judge what came of it."""
        self._begun = checked
        self._claim(checked, step.run)
        self.tell(progress.StepBegan(step_index=checked.step_index, command=checked.run))
        self._past.begins(checked.step_index)
        work = self._running().by_hand(step, checked, self._values)
        done = self.director.by_hand(work)
        if done is None:
            self._refuse(policy.not_taken(checked.run), checked)
        else:
            self._judge(by_hand.expected_of(step, done), done, checked)

    def _refuse(self, check: Check, checked: StepOutcome) -> None:
        """Stop before a step that policy doesn't let run after all; nobody is asked for a repair."""
        checks = (*checked.checks, check)
        self._stop = self._stopped_at(failed_check(checked.step_index, checks), checked, actual=None)
        self._note(msgspec.structs.replace(checked, status=standing(checks), checks=checks))

    def _stopped_at(self, failure: Failure, checked: StepOutcome, *, actual: Step | None) -> Stop:
        return Stop(
            replay_id=self.job.replay_id,
            failure=failure,
            command=checked.run,
            cwd=self._standing.cwd,
            actual=actual,
            bindings=dict(self._values),
        )

    def _running(self) -> Executor:
        if self.executor is None:
            message = "a mode that runs steps was given no executor"
            raise TypeError(message)
        return self.executor

    def _shown(self, step: PlaybookStep, command: str) -> str:
        """The command that a person sees: as it runs, but for secret values."""
        if not binding.hides(self._playbook, template.names(step.run)):
            return command
        return template.render_shell(step.run, binding.shown(self._playbook, self._values), self._playbook.shell)

    def _act(self, step: PlaybookStep, command: str, checked: StepOutcome) -> None:
        """Run one step and judge it.

        Args:
            step: The step.
            command: Its text with all values in, secret ones too.
            checked: What was found before; its text shows no secret.
        """
        self._begun = checked
        self._claim(checked, command)
        self.tell(progress.StepBegan(step_index=checked.step_index, command=checked.run))
        self._past.begins(checked.step_index)
        listed = self._carry_out(step, command, checked)
        if listed.step is None or listed.left is not None:
            self._leave(checked, listed)
        else:
            self._judge(step, listed.step, msgspec.structs.replace(checked, parts=listed.ran))

    def _carry_out(self, step: PlaybookStep, command: str, checked: StepOutcome) -> Listed:
        """Run a step, whole or part by part."""
        executor, index = self._running(), checked.step_index

        def run(step: PlaybookStep, text: str) -> Step:
            return executor.run(
                step, text, self._values, lambda data: self.tell(progress.StepPrinted(step_index=index, data=data))
            )

        def ask(part: Part, ran: Step | None) -> Answer:
            self._ran = ran and msgspec.structs.replace(ran, step_index=index)
            return self._ask(part)

        return run_step(
            step, command, checked.run, shell=self._playbook.shell, run=run, ask=ask if self._into else None
        )

    def _leave(self, checked: StepOutcome, listed: Listed) -> None:
        """Go no further in a list: it is not judged, for it was not done whole."""
        if ran := listed.step:
            took, code = ran.duration_ms, ran.exit_code
            left = msgspec.structs.replace(
                checked, status=StepState.FAILED, exit_code=code, duration_ms=took, parts=listed.ran
            )
            self._note(self._told(left))
        else:
            self._told(StepOutcome(step_index=checked.step_index, status=StepState.NOT_RUN))
        if listed.left is None or not self._another_way(listed.left):
            self._cancelled = True

    def _judge(self, step: PlaybookStep, actual: Step, checked: StepOutcome) -> None:
        """Hold what a step did against what was expected of it, and go on, stop, or ask for repairs."""
        index = checked.step_index
        moved = binding.moved(self._playbook, self._values)
        recorded = None if index in self._derived(moved.keys()) else moved
        self.readiness.moved_on(actual)
        numbered = self._ran = msgspec.structs.replace(actual, step_index=index)
        judged = self.readiness.judge(step, numbered, self._values, recorded=recorded)
        failure = judged.failure and veiled(judged.failure, self._secrets)
        if failure and self.halted() is not None:
            # It was ended by force: what came of it says nothing.
            return
        stop = failure and self._stopped_at(failure, checked, actual=actual)
        self._values |= judged.captured
        outcome = msgspec.structs.replace(
            checked,
            status=StepState.FAILED if failure else StepState.SUCCESS,
            exit_code=actual.exit_code,
            duration_ms=actual.duration_ms,
        )
        verdict = self.ruling.after(failure)
        stops = stop if verdict is not Verdict.GO_ON else None
        if stops is None:
            self._standing = behind(self._standing, actual)
        self._told(outcome, failure)
        self.tell(progress.StepJudged(outcome=outcome, step=actual, failure=failure))
        if stops:
            self._diverge(stops, outcome, verdict)
        else:
            self._note(outcome)

    @property
    def _secrets(self) -> tuple[str, ...]:
        return binding.secrets(self._playbook, self._values)

    def _claim(self, checked: StepOutcome, command: str) -> None:
        """From here on, a step with effects may have happened, whatever becomes of this process."""
        if has_effects(command, self._playbook.shell, defined=self._standing.defined):
            self.claims.claim(checked.step_index, checked.run, self._digest)

    def _told(self, outcome: StepOutcome, failure: Failure | None = None) -> StepOutcome:
        """An outcome that is on disk from here on."""
        values = binding.shown(self._playbook, self._values)
        self.claims.ended(outcome, failure=failure, bindings=values, standing=self._standing)
        return outcome

    def _derived(self, moved: AbstractSet[str]) -> frozenset[int]:
        """Steps whose files may depend on a value that is not the recorded one."""
        playbook, names, steps = self._reached
        if playbook is not self._playbook or names != moved:
            steps = derived(self._playbook, moved) if moved else frozenset()
            self._reached = self._playbook, frozenset(moved), steps
        return steps

    def _diverge(self, stop: Stop, outcome: StepOutcome, verdict: Verdict) -> None:
        """Stop, or get a repair approved and stand before the step again."""
        approved = self._approved_repair(stop) if verdict is Verdict.PROPOSE else None
        if approved is None:
            self._stop = stop
            self._note(outcome)
            return
        self._attempts += 1
        self._playbook, self._digest = approved
        self._values |= _changed_parameters(self.job.playbook, self._playbook)
        self.tell(progress.VersionMade(playbook=self._playbook, digest=self._digest))

    def _approved_repair(self, stop: Stop) -> tuple[Playbook, str] | None:
        """Ask the sources, then the person."""
        if self.mender is None:
            return None
        self._proposed = self.mender.propose(self._playbook, self._digest, stop)
        self.tell(
            progress.RepairsProposed(
                failure=stop.failure,
                repairs=self._proposed.repairs,
                abstained=self._proposed.abstained,
                notes=self._proposed.notes,
            )
        )
        if not self._proposed.repairs or self._attempts >= ATTEMPTS_PER_STEP:
            return None
        chosen = self.director.review(stop.failure, self._proposed.repairs)
        return None if chosen is None else self.mender.approved(chosen)

    def _note(self, outcome: StepOutcome) -> None:
        if outcome.status is StepState.SUCCESS:
            self._attempts = 0
        self._outcomes.append(outcome)

    def _halt(self, why: str) -> None:
        """Stop where it stands, for a reason from outside; a step that was begun and not judged was ended by force."""
        index = len(self._outcomes) + 1
        begun = self._begun is not None and self._begun.step_index == index
        checked = self._begun if self._begun and begun else StepOutcome(step_index=index, status=StepState.NOT_RUN)
        self._stop = self._stopped_at(policy.halted(index, why, begun=begun), checked, actual=None)
        self._by_force = True
        if begun:
            self._note(msgspec.structs.replace(checked, status=StepState.FAILED))

    def _conclude(self) -> Replay:
        job = self.job
        if self.mender:
            self._playbook, self._digest = self.mender.conclude() or (self._playbook, self._digest)
        why = self.halted()
        if why and self._stop is None and len(self._outcomes) < len(self._playbook.steps):
            self._halt(why)
        rest = [
            StepOutcome(step_index=index, status=StepState.NOT_RUN)
            for index in range(len(self._outcomes) + 1, len(self._playbook.steps) + 1)
        ]
        return Replay(
            replay_id=job.replay_id,
            run_id=self.executor.run_id if self.executor else None,
            playbook=self._playbook.name,
            version=self._playbook.version,
            digest=self._digest,
            mode=job.mode,
            status=self._status(),
            stopped_at=self._stop.failure.step_index if self._stop else None,
            bindings=binding.shown(self._playbook, self._values),
            failure=self._stop.failure if self._stop else None,
            steps=(*self._outcomes, *rest),
            repairs=tuple(repair.repair_id for repair in self._proposed.repairs) if self._stop else (),
            abstained=self._proposed.abstained if self._stop else None,
            notes=self._proposed.notes if self._stop else (),
            usage=self.mender.usage if self.mender else Usage(),
            started_at=job.started_at,
            workspace=job.workspace,
            shadow=job.shadow,
            standing=self._left_standing(),
            went_back=tuple(self._past.went_back),
            edited=tuple(sorted(self._edited)),
        )

    def _holding(self, *, before: bool) -> Standing:
        """Where the shell stands, with what no step tells of."""
        return holding(self._standing, self.executor.kept(before=before)) if self.executor else self._standing

    def _left_standing(self) -> Standing | None:
        """What going on needs; a step that ran and diverged is gone on with before it."""
        if self.executor is None or not (self._stop or self._cancelled):
            return None
        return self._holding(before=self._stop is not None and self._stop.actual is not None)

    def _status(self) -> ReplayStatus:
        if self._by_force:
            return ReplayStatus.REFUSED
        if self._stop and self._proposed.repairs:
            return ReplayStatus.NEEDS_REVIEW
        if self._stop is None and (self._cancelled or self._left_out):
            return ReplayStatus.CANCELLED
        return self.ruling.conclude(self._outcomes)


def _changed_parameters(before: Playbook, after: Playbook) -> dict[str, str]:
    """Literal defaults that an approved repair gave to parameters."""
    return {
        name: parameter.default
        for name, parameter in after.parameters.items()
        if parameter.default is not None and "{{" not in parameter.default and before.parameters.get(name) != parameter
    }
