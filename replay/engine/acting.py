"""One step: looked at, permitted, claimed, run, judged; and where it diverges, stopped at or repaired."""

from collections.abc import Callable
from dataclasses import dataclass

import msgspec

from capture.trace import Step
from replay import binding, by_hand, progress, template
from replay.conditions import calling
from replay.engine.asking import Asking
from replay.engine.course import Course
from replay.governance import policy
from replay.governance.permits import Need
from replay.modes import Ruling, Verdict
from replay.modes.ruling import standing
from replay.obstacles import failed_check, without_value
from replay.outcome import Check, StepOutcome, StepState, behind
from replay.playbook import Playbook, PlaybookStep
from replay.protocols import Answer, Director, Mender, Readiness, Stop
from replay.stand import Part
from replay.stepping.listing import Listed, run_step
from replay.stepping.past import Past
from replay.veiling import veiled

ATTEMPTS_PER_STEP = 3


@dataclass
class Acting:
    """What is done with the step that a replay stands before."""

    course: Course
    ruling: Ruling
    readiness: Readiness
    mender: Mender | None
    director: Director
    past: Past
    asking: Asking
    tell: Callable[[progress.ReplayEvent], None]
    halted: Callable[[], str | None]

    def take(self, index: int, step: PlaybookStep, *, into: bool) -> None:
        """Look at a step and do what the mode says of what is found.

        Args:
            index: Its number, from 1.
            step: The step.
            into: Of a list, ask before each part.
        """
        course = self.course
        unset = sorted(template.names(step.run) - course.values.keys())
        if unset:
            command = shown = step.run
            checks = without_value(unset, course.playbook)
        else:
            command = template.render_shell(step.run, course.values, course.playbook.shell)
            shown = course.shown(step, command)
            found, secrets = self.readiness.check(step, command, course.values), course.secrets
            checks = tuple(veiled(check, secrets) for check in found)
        outcome = StepOutcome(step_index=index, status=standing(checks), checks=checks, run=shown)
        self.tell(progress.StepChecked(step_index=index, outcome=outcome))
        match self.ruling.before(checks):
            case Verdict.ASSUME:
                course.values |= {} if unset else self.readiness.assume(step, command, course.values, step_index=index)
                course.note(outcome)
            case Verdict.RUN:
                self._with_permission(step, command, outcome, into=into)
            case verdict:
                verdict = Verdict.STOP if policy.rules_out(checks) else verdict
                if outcome.status in (StepState.WARNED, StepState.UNKNOWN):
                    outcome = msgspec.structs.replace(outcome, status=StepState.BLOCKED)
                self._diverge(course.stopped_at(failed_check(index, checks), outcome, actual=None), outcome, verdict)

    def refuse(self, check: Check, checked: StepOutcome) -> None:
        """Stop before a step that policy doesn't let run after all; nobody is asked for a repair."""
        course, checks = self.course, (*checked.checks, check)
        course.stop = course.stopped_at(failed_check(checked.step_index, checks), checked, actual=None)
        course.note(msgspec.structs.replace(checked, status=standing(checks), checks=checks))

    def _with_permission(self, step: PlaybookStep, command: str, checked: StepOutcome, *, into: bool) -> None:
        """Run a step that nothing speaks against, once a person said what its safety level wants said.

        Args:
            step: The step.
            command: Its text with all values in, secret ones too.
            checked: What was found before; its text shows no secret.
            into: Of a list, ask before each part.
        """
        index, why = checked.step_index, step.safety_reason or f"it is {step.safety}"
        need = self.course.job.permits.need(step.safety)
        match Need.HAND_OVER if calling.nobody_calls(checked.checks) else need:
            case Need.HAND_OVER:
                self._hand_over(step, checked)
            case Need.ASK if not self.director.confirm(index, checked.run, why):
                self.refuse(policy.unconfirmed(step, checked.run), checked)
            case _:
                self._act(step, command, checked, into=into)

    def _begin(self, checked: StepOutcome, command: str) -> None:
        self.course.begun = checked
        self.course.claim(checked, command)
        self.tell(progress.StepBegan(step_index=checked.step_index, command=checked.run))
        self.past.begins(checked.step_index)

    def _hand_over(self, step: PlaybookStep, checked: StepOutcome) -> None:
        """Have a person do a step, and judge what came of it."""
        self._begin(checked, step.run)
        done = self.director.by_hand(self.course.running.by_hand(step, checked, self.course.values))
        if done is None:
            missing = calling.nobody_calls(checked.checks)
            self.refuse(calling.not_done(missing) if missing else policy.not_taken(checked.run), checked)
        else:
            self._judge(by_hand.expected_of(step, done), done, checked)

    def _act(self, step: PlaybookStep, command: str, checked: StepOutcome, *, into: bool) -> None:
        """Run one step and judge it."""
        self._begin(checked, command)
        listed = self._carry_out(step, command, checked, into=into)
        if listed.step is None or listed.left is not None:
            self._leave(checked, listed)
        else:
            self._judge(step, listed.step, msgspec.structs.replace(checked, parts=listed.ran))

    def _carry_out(self, step: PlaybookStep, command: str, checked: StepOutcome, *, into: bool) -> Listed:
        """Run a step, whole or part by part."""
        course, executor, index = self.course, self.course.running, checked.step_index

        def run(step: PlaybookStep, text: str) -> Step:
            return executor.run(
                step, text, course.values, lambda data: self.tell(progress.StepPrinted(step_index=index, data=data))
            )

        def ask(part: Part, ran: Step | None) -> Answer:
            self.asking.ran = ran and msgspec.structs.replace(ran, step_index=index)
            return self.asking.ask(part)

        return run_step(step, command, checked.run, shell=course.playbook.shell, run=run, ask=ask if into else None)

    def _leave(self, checked: StepOutcome, listed: Listed) -> None:
        """Go no further in a list: it is not judged, for it was not done whole."""
        course = self.course
        if ran := listed.step:
            took, code = ran.duration_ms, ran.exit_code
            left = msgspec.structs.replace(
                checked, status=StepState.FAILED, exit_code=code, duration_ms=took, parts=listed.ran
            )
            course.note(course.told(left))
        else:
            course.told(StepOutcome(step_index=checked.step_index, status=StepState.NOT_RUN))
        if listed.left is None or not self.asking.another_way(listed.left):
            course.cancelled = True

    def _judge(self, step: PlaybookStep, actual: Step, checked: StepOutcome) -> None:
        """Hold what a step did against what was expected of it, and go on, stop, or ask for repairs."""
        course, index = self.course, checked.step_index
        moved = binding.moved(course.playbook, course.values)
        recorded = None if index in course.derived(moved.keys()) else moved
        self.readiness.moved_on(actual)
        numbered = self.asking.ran = msgspec.structs.replace(actual, step_index=index)
        judged = self.readiness.judge(step, numbered, course.values, recorded=recorded)
        failure = judged.failure and veiled(judged.failure, course.secrets)
        if failure and self.halted() is not None:
            # It was ended by force: what came of it says nothing.
            return
        stop = failure and course.stopped_at(failure, checked, actual=actual)
        course.values |= judged.captured
        outcome = msgspec.structs.replace(
            checked,
            status=StepState.FAILED if failure else StepState.SUCCESS,
            exit_code=actual.exit_code,
            duration_ms=actual.duration_ms,
        )
        verdict = self.ruling.after(failure)
        stops = stop if verdict is not Verdict.GO_ON else None
        if stops is None:
            course.standing = behind(course.standing, actual)
        course.told(outcome, failure)
        self.tell(progress.StepJudged(outcome=outcome, step=actual, failure=failure))
        if stops:
            self._diverge(stops, outcome, verdict)
        else:
            course.note(outcome)

    def _diverge(self, stop: Stop, outcome: StepOutcome, verdict: Verdict) -> None:
        """Stop, or get a repair approved and stand before the step again."""
        course = self.course
        approved = self._approved_repair(stop) if verdict is Verdict.PROPOSE else None
        if approved is None:
            course.stop = stop
            course.note(outcome)
            return
        course.goes_on_with(*approved)
        self.tell(progress.VersionMade(playbook=course.playbook, digest=course.digest))

    def _approved_repair(self, stop: Stop) -> tuple[Playbook, str] | None:
        """Ask the sources, then the person."""
        if self.mender is None:
            return None
        course = self.course
        proposed = course.proposed = self.mender.propose(course.playbook, course.digest, stop)
        self.tell(
            progress.RepairsProposed(
                failure=stop.failure, repairs=proposed.repairs, abstained=proposed.abstained, notes=proposed.notes
            )
        )
        if not proposed.repairs or course.attempts >= ATTEMPTS_PER_STEP:
            return None
        chosen = self.director.review(stop.failure, proposed.repairs)
        return None if chosen is None else self.mender.approved(chosen)
