"""Asks the mode, looks, acts, judges, tells: the one loop behind every replay, whoever drives it."""

from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field

import msgspec

from capture.trace import Step
from replay import binding, by_hand, progress, template
from replay.derived import derived
from replay.governance import policy
from replay.governance.permits import Need, Permits
from replay.modes import Ruling, Verdict
from replay.modes.ruling import standing
from replay.outcome import (
    Check,
    CheckState,
    Divergence,
    Failure,
    FailureClass,
    Mode,
    Replay,
    ReplayStatus,
    Standing,
    StepOutcome,
    StepState,
)
from replay.playbook import Playbook, PlaybookStep
from replay.protocols import Director, Executor, Mender, Move, Proposed, Readiness, Stop
from replay.veiling import veiled

ATTEMPTS_PER_STEP = 3


@dataclass(frozen=True)
class Job:
    """What is to be replayed.

    Attributes:
        replay_id: Its id.
        playbook: Which version.
        digest: Of that version.
        mode: In which mode.
        bindings: Parameter values, and captured ones when it goes on from a step.
        workspace: Absolute directory.
        cwd: Where the shell begins.
        from_step: The first step to run.
        standing: What the steps before it left in the shell.
        shadow: The shadow level, when it runs in one.
        started_at: ISO 8601 UTC.
        permits: What each safety level asks of a person.
    """

    replay_id: str
    playbook: Playbook
    digest: str
    mode: Mode
    bindings: Mapping[str, str]
    workspace: str
    cwd: str
    from_step: int = 1
    standing: Standing | None = None
    shadow: str | None = None
    started_at: str = ""
    permits: Permits = field(default_factory=Permits)


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
    _reached: tuple[Playbook | None, frozenset[str], frozenset[int]] = field(
        init=False, default=(None, frozenset(), frozenset())
    )

    def __post_init__(self) -> None:
        """Begin with the job's version and values."""
        self._playbook, self._digest = self.job.playbook, self.job.digest
        self._values = dict(self.job.bindings)
        self._standing = self.job.standing or Standing(cwd=self.job.cwd)

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
        while self._on() and len(self._outcomes) < len(self._playbook.steps):
            self._take(len(self._outcomes) + 1)
        replay = self._conclude()
        self.tell(progress.ReplayEnded(replay=replay))
        return replay

    def cancel(self) -> Replay:
        """Conclude a replay that was interrupted from outside."""
        self._cancelled = True
        return self._conclude()

    def _on(self) -> bool:
        return self._stop is None and not self._cancelled and self.halted() is None

    def _take(self, index: int) -> None:
        """Do with one step what its document, the person and the mode say."""
        step = self._playbook.steps[index - 1]
        move = self._move(index, step)
        if move is Move.RUN:
            self._look_and_act(index, step)
        elif move is Move.SKIP:
            self._note(StepOutcome(step_index=index, status=StepState.SKIPPED))
        else:
            self._cancelled = True

    def _move(self, index: int, step: PlaybookStep) -> Move:
        if step.skip or index < self.job.from_step:
            return Move.SKIP
        if self.executor is None:
            return Move.RUN
        move = self.director.next(index)
        self._left_out = self._left_out or move is Move.SKIP
        return move

    def _look_and_act(self, index: int, step: PlaybookStep) -> None:
        unset = sorted(template.names(step.run) - self._values.keys())
        if unset:
            command = shown = step.run
            checks = tuple(_unset(name) if name in self._playbook.parameters else _unread(name) for name in unset)
        else:
            command = template.render_shell(step.run, self._values, self._playbook.shell)
            shown = self._shown(step, command)
            found = self.readiness.check(step, command, self._values)
            checks = tuple(veiled(check, self._secrets) for check in found)
        outcome = StepOutcome(step_index=index, status=standing(checks), checks=checks, run=shown)
        self.tell(progress.StepChecked(step_index=index, outcome=outcome))
        match self.ruling.before(checks):
            case Verdict.ASSUME:
                self._values |= {} if unset else self.readiness.assume(step, command, self._values)
                self._note(outcome)
            case Verdict.RUN:
                self._with_permission(step, command, outcome)
            case verdict:
                verdict = Verdict.STOP if policy.rules_out(checks) else verdict
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
        self.tell(progress.StepBegan(step_index=checked.step_index, command=checked.run))
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
        index = checked.step_index
        self._begun = checked
        self.tell(progress.StepBegan(step_index=index, command=checked.run))
        actual = self._running().run(
            step,
            command,
            self._values,
            lambda data: self.tell(progress.StepPrinted(step_index=index, data=data)),
        )
        self._judge(step, actual, checked)

    def _judge(self, step: PlaybookStep, actual: Step, checked: StepOutcome) -> None:
        """Hold what a step did against what was expected of it, and go on, stop, or ask for repairs."""
        index = checked.step_index
        moved = binding.moved(self._playbook, self._values)
        recorded = None if index in self._derived(moved.keys()) else moved
        self.readiness.moved_on(actual)
        numbered = msgspec.structs.replace(actual, step_index=index)
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
        self.tell(progress.StepJudged(outcome=outcome, step=actual, failure=failure))
        verdict = self.ruling.after(failure)
        if stop and verdict is not Verdict.GO_ON:
            self._diverge(stop, outcome, verdict)
        else:
            self._standing = behind(self._standing, actual)
            self._note(outcome)

    @property
    def _secrets(self) -> tuple[str, ...]:
        return binding.secrets(self._playbook, self._values)

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
                failure=stop.failure, repairs=self._proposed.repairs, abstained=self._proposed.abstained
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
            started_at=job.started_at,
            workspace=job.workspace,
            shadow=job.shadow,
            standing=self._standing if self._stop and self.executor else None,
        )

    def _status(self) -> ReplayStatus:
        if self._by_force:
            return ReplayStatus.REFUSED
        if self._stop and self._proposed.repairs:
            return ReplayStatus.NEEDS_REVIEW
        if self._stop is None and (self._cancelled or self._left_out):
            return ReplayStatus.CANCELLED
        return self.ruling.conclude(self._outcomes)


def behind(standing: Standing, step: Step) -> Standing:
    """Where the shell stands behind a step.

    Args:
        standing: Where it stood before.
        step: What happened.
    """
    effects = step.env_effects
    kept = {name: value for name, value in standing.environment.items() if name not in effects.unset}
    return Standing(
        cwd=step.cwd_after,
        environment=kept | effects.set,
        unset=tuple(sorted({*standing.unset, *effects.unset} - effects.set.keys())),
    )


def failed_check(index: int, checks: Sequence[Check]) -> Failure:
    """The failure that a step's worst failing check amounts to.

    Args:
        index: The step, counted from 1.
        checks: At least one of them failing.

    Returns:
        A `policy` divergence when it is unsafe, else a `precondition` one.
    """
    failing = [check for check in checks if check.state is CheckState.FAIL]
    unsafe = [check for check in failing if check.failure_class is FailureClass.UNSAFE]
    check = (unsafe or failing)[0]
    return Failure(
        step_index=index,
        divergence=Divergence.POLICY if unsafe else Divergence.PRECONDITION,
        failure_class=check.failure_class or FailureClass.UNCLASSIFIED,
        message=f"step {index}: {check.message}",
        expected=f"{check.kind.replace('_', ' ')}: {check.subject}",
        actual=check.message,
        subject=check.subject,
    )


def _unset(name: str) -> Check:
    return Check(
        kind="parameter_set",
        state=CheckState.FAIL,
        subject=name,
        message=f"parameter {name} has no value; give it with --set {name}=VALUE",
        failure_class=FailureClass.MISSING_ENV,
    )


def _unread(name: str) -> Check:
    return Check(
        kind="value_read",
        state=CheckState.FAIL,
        subject=name,
        message=f"{{{{{name}}}}} has no value: the step that prints it was left out, or its output was not read",
        failure_class=FailureClass.STALE_VALUE,
    )


def _changed_parameters(before: Playbook, after: Playbook) -> dict[str, str]:
    """Literal defaults that an approved repair gave to parameters."""
    return {
        name: parameter.default
        for name, parameter in after.parameters.items()
        if parameter.default is not None and "{{" not in parameter.default and before.parameters.get(name) != parameter
    }
