"""The loop behind every replay: what it asks, in which order, and where it ends."""

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import cast

import msgspec
import pytest

from capture.trace import Step, StepStatus
from capture.wire import Kept
from replay.engine import Engine
from replay.governance.permits import Need, Permits
from replay.job import Job
from replay.modes import MODES
from replay.outcome import (
    Check,
    CheckState,
    Divergence,
    Failure,
    FailureClass,
    Judgement,
    Mode,
    Replay,
    ReplayStatus,
    StepOutcome,
    StepState,
    Usage,
)
from replay.playbook import Parameter, ParameterType, Playbook, PlaybookStep, SafetyLevel
from replay.progress import ReplayEvent
from replay.protocols import ByHand, Headless, Move, Proposed, Stop
from replay.repairs.proposal import Repair, RepairStatus, Risk
from replay.stand import Stand

MISSING = Check(
    kind="file_exists",
    state=CheckState.FAIL,
    subject="in.csv",
    message="in.csv is not there",
    failure_class=FailureClass.MISSING_FILE,
)


class Shell:
    """Says what it was asked to run and runs nothing."""

    run_id = "run-1"

    def __init__(self) -> None:
        self.ran: list[str] = []

    def run(
        self, step: PlaybookStep, command: str, values: Mapping[str, str], printed: Callable[[bytes], None]
    ) -> Step:
        del step, values
        self.ran.append(command)
        printed(b"out\n")
        return Step(
            step_index=len(self.ran),
            command=command,
            cwd="/w",
            cwd_after="/w",
            status=StepStatus.SUCCESS,
            exit_code=0,
            started_at=datetime(2026, 1, 1, tzinfo=UTC),
            duration_ms=1.0,
        )

    def interrupt(self) -> None:
        raise AssertionError("nobody interrupts here")

    def calm(self) -> None:
        self.calmed = True

    def kept(self, *, before: bool) -> Kept:
        return Kept(withheld=("BEFORE",) if before else ())

    def halt(self) -> None:
        raise AssertionError("nobody halts it here")

    def by_hand(self, step: PlaybookStep, checked: StepOutcome, values: Mapping[str, str]) -> ByHand:
        del step, values
        return cast("ByHand", checked_by_hand(checked))


def checked_by_hand(checked: StepOutcome) -> SimpleNamespace:
    return SimpleNamespace(step_index=checked.step_index, command=checked.run, expected=())


class Machine:
    """Finds fault with the commands that it was told to."""

    def __init__(self, *, blocked: str = "", failing: str = "") -> None:
        self.blocked, self.failing = blocked, failing

    def check(self, step: PlaybookStep, command: str, values: Mapping[str, str]) -> tuple[Check, ...]:
        del step, values
        return (MISSING,) if command == self.blocked else ()

    def assume(
        self, step: PlaybookStep, command: str, values: Mapping[str, str], *, step_index: int
    ) -> Mapping[str, str]:
        del step, command, values, step_index
        return {}

    def refused_ahead(
        self, steps: Iterable[tuple[int, PlaybookStep]], values: Mapping[str, str]
    ) -> tuple[int, Check] | None:
        del steps, values
        return None

    def moved_on(self, step: Step) -> None:
        del step

    def judge(
        self, step: PlaybookStep, actual: Step, values: Mapping[str, str], *, recorded: Mapping[str, str] | None
    ) -> Judgement:
        del step, values, recorded
        failed = Failure(
            step_index=actual.step_index,
            divergence=Divergence.EXIT_CODE,
            failure_class=FailureClass.UNCLASSIFIED,
            message="ended otherwise",
        )
        return Judgement(step=actual, failure=failed if actual.command == self.failing else None)


class Mending:
    """Proposes one repair, whose approval leads to a given playbook."""

    def __init__(self, repaired: Playbook) -> None:
        self.repaired = repaired
        self.asked = 0

    def propose(self, playbook: Playbook, digest: str, stop: Stop) -> Proposed:
        self.asked += 1
        repair = Repair(
            repair_id=f"r{self.asked}",
            playbook=playbook.name,
            base_version=playbook.version,
            base_digest=digest,
            step_index=stop.failure.step_index,
            status=RepairStatus.PROPOSED,
            rank=1,
            source="rule:test",
            failure_class=stop.failure.failure_class,
            rationale="because",
            confidence=1.0,
            preselected=True,
            risk=Risk.LOW,
            patch=(),
            diff="",
        )
        return Proposed(repairs=(repair,), abstained=None)

    def approved(self, repair_id: str) -> tuple[Playbook, str]:
        del repair_id
        return self.repaired, "sha256:repaired"

    @property
    def usage(self) -> Usage:
        return Usage()

    def conclude(self) -> None:
        return None


class Approving(Headless):
    def review(self, failure: Failure, repairs: tuple[Repair, ...]) -> str | None:
        del failure
        return repairs[0].repair_id


class Moving(Headless):
    def __init__(self, *moves: Move) -> None:
        self.moves = list(moves)

    def next(self, stand: Stand) -> Move:
        del stand
        return self.moves.pop(0) if self.moves else Move.RUN


def playbook(*commands: str, version: int = 1) -> Playbook:
    return Playbook(name="p", version=version, steps=tuple(PlaybookStep(run=command) for command in commands))


def replay(  # noqa: PLR0913 - each is one thing that a test may vary
    book: Playbook,
    mode: Mode,
    shell: Shell,
    machine: Machine,
    *,
    director: Headless | None = None,
    mender: Mending | None = None,
    told: list[ReplayEvent] | None = None,
    from_step: int = 1,
    permits: Permits | None = None,
) -> Replay:
    job = Job("id", book, "sha256:base", mode, {}, "/w", "/w", from_step=from_step, permits=permits or Permits())
    executor = None if mode is Mode.SIMULATE else shell
    tell = (told if told is not None else []).append
    return Engine(job, MODES[mode], machine, executor, mender, director or Headless(), tell).run()


def test_simulate_runs_nothing_and_goes_through_all_steps() -> None:
    shell = Shell()
    done = replay(playbook("a", "b", "c"), Mode.SIMULATE, shell, Machine(blocked="b"))
    assert shell.ran == []
    assert done.status is ReplayStatus.NOT_READY
    assert done.run_id is None
    assert [step.status for step in done.steps] == [StepState.READY, StepState.BLOCKED, StepState.READY]


@pytest.mark.parametrize("mode", [Mode.STRICT, Mode.GUIDED])
def test_a_failing_precondition_stops_before_the_step_runs(mode: Mode) -> None:
    shell = Shell()
    done = replay(playbook("a", "b", "c"), mode, shell, Machine(blocked="b"))
    assert shell.ran == ["a"]
    assert done.status is ReplayStatus.FAILED
    assert done.stopped_at == 2
    assert done.failure is not None
    assert done.failure.divergence is Divergence.PRECONDITION
    assert done.failure.failure_class is FailureClass.MISSING_FILE


def test_strict_stops_behind_the_first_failed_step() -> None:
    shell = Shell()
    done = replay(playbook("a", "b", "c"), Mode.STRICT, shell, Machine(failing="b"))
    assert shell.ran == ["a", "b"]
    assert [step.status for step in done.steps] == [StepState.SUCCESS, StepState.FAILED, StepState.NOT_RUN]
    assert done.failure is not None
    assert done.failure.step_index == 2


def test_an_unsafe_check_refuses() -> None:
    class Unsafe(Machine):
        def check(self, step: PlaybookStep, command: str, values: Mapping[str, str]) -> tuple[Check, ...]:
            del step, command, values
            return (msgspec.structs.replace(MISSING, failure_class=FailureClass.UNSAFE),)

    shell = Shell()
    assert replay(playbook("rm"), Mode.STRICT, shell, Unsafe()).status is ReplayStatus.REFUSED
    assert replay(playbook("rm"), Mode.SIMULATE, shell, Unsafe()).status is ReplayStatus.REFUSED
    assert shell.ran == []


def test_guided_leaves_proposals_waiting_when_no_one_approves() -> None:
    shell = Shell()
    done = replay(playbook("a", "b"), Mode.GUIDED, shell, Machine(failing="a"), mender=Mending(playbook("x", "b")))
    assert done.status is ReplayStatus.NEEDS_REVIEW
    assert done.repairs == ("r1",)
    assert shell.ran == ["a"]


def test_guided_goes_on_with_the_approved_version_from_the_same_step() -> None:
    shell = Shell()
    repaired = playbook("a", "x", "c", version=2)
    done = replay(
        playbook("a", "b", "c"),
        Mode.GUIDED,
        shell,
        Machine(failing="b"),
        director=Approving(),
        mender=Mending(repaired),
    )
    assert shell.ran == ["a", "b", "x", "c"]
    assert done.status is ReplayStatus.SUCCESS
    assert (done.version, done.digest, done.repairs) == (2, "sha256:repaired", ())


def test_a_step_gets_three_attempts_and_no_more() -> None:
    shell = Shell()
    mender = Mending(playbook("b", version=2))
    done = replay(playbook("b"), Mode.GUIDED, shell, Machine(failing="b"), director=Approving(), mender=mender)
    assert shell.ran == ["b"] * 4
    assert done.status is ReplayStatus.NEEDS_REVIEW


def test_a_person_may_stop_or_skip_and_neither_counts_as_success() -> None:
    shell = Shell()
    stopped = replay(playbook("a", "b"), Mode.STRICT, shell, Machine(), director=Moving(Move.RUN, Move.STOP))
    assert (shell.ran, stopped.status) == (["a"], ReplayStatus.CANCELLED)
    shell = Shell()
    skipped = replay(playbook("a", "b"), Mode.STRICT, shell, Machine(), director=Moving(Move.SKIP))
    assert (shell.ran, skipped.status) == (["b"], ReplayStatus.CANCELLED)


def test_steps_before_the_first_one_wanted_and_skipped_ones_do_not_run() -> None:
    shell = Shell()
    steps = (PlaybookStep(run="a"), PlaybookStep(run="b", skip=True), PlaybookStep(run="c"))
    done = replay(Playbook(name="p", steps=steps), Mode.STRICT, shell, Machine(), from_step=2)
    assert shell.ran == ["c"]
    assert done.status is ReplayStatus.SUCCESS


def test_a_parameter_without_a_value_blocks_the_steps_that_use_it() -> None:
    shell = Shell()
    book = msgspec.structs.replace(
        playbook("deploy {{token}}"), parameters={"token": Parameter(type=ParameterType.SECRET)}
    )
    done = replay(book, Mode.STRICT, shell, Machine())
    assert done.failure is not None
    assert done.failure.failure_class is FailureClass.MISSING_ENV
    assert "--set token=" in done.failure.message
    assert shell.ran == []


def test_what_happens_is_told_in_order() -> None:
    told: list[ReplayEvent] = []
    replay(playbook("a"), Mode.STRICT, Shell(), Machine(), told=told)
    names = [type(event).__name__ for event in told]
    assert names == ["ReplayBegan", "StepChecked", "StepBegan", "StepPrinted", "StepJudged", "ReplayEnded"]


class Answering(Headless):
    """Says yes or no to a step, and does handed ones by hand."""

    def __init__(self, *, yes: bool) -> None:
        self.yes = yes
        self.asked: list[tuple[int, str, str]] = []
        self.done: list[str] = []

    def confirm(self, step_index: int, command: str, why: str) -> bool:
        self.asked.append((step_index, command, why))
        return self.yes

    def by_hand(self, work: ByHand) -> Step | None:
        self.done.append(work.command)
        return by_a_person(work.command) if self.yes else None


def by_a_person(command: str) -> Step:
    shell = Shell()
    return shell.run(PlaybookStep(run=command), f"by hand: {command}", {}, lambda _: None)


def levels(middle: SafetyLevel) -> Playbook:
    book = playbook("a", "b", "c")
    steps = (
        book.steps[0],
        msgspec.structs.replace(book.steps[1], safety=middle, safety_reason="pushes"),
        book.steps[2],
    )
    return msgspec.structs.replace(book, steps=steps)


@pytest.mark.parametrize("mode", [Mode.STRICT, Mode.GUIDED])
def test_who_wants_to_be_asked_is_asked_once_and_before_the_step(mode: Mode) -> None:
    shell, person = Shell(), Answering(yes=True)
    done = replay(levels(SafetyLevel.NEEDS_CONFIRM), mode, shell, Machine(), director=person, permits=Permits(ask=True))
    assert (done.status, shell.ran, person.asked) == (ReplayStatus.SUCCESS, ["a", "b", "c"], [(2, "b", "pushes")])


@pytest.mark.parametrize("mode", [Mode.STRICT, Mode.GUIDED])
def test_without_a_yes_the_step_does_not_run_and_nobody_is_asked_for_a_repair(mode: Mode) -> None:
    shell, mender = Shell(), Mending(playbook("x"))
    for director in (Answering(yes=False), Headless()):
        done = replay(
            levels(SafetyLevel.NEEDS_CONFIRM),
            mode,
            shell,
            Machine(),
            director=director,
            mender=mender,
            permits=Permits(ask=True),
        )
        assert done.status is ReplayStatus.REFUSED
        assert done.failure is not None
        assert (done.stopped_at, done.failure.divergence) == (2, Divergence.POLICY)
        assert "--yes-to needs_confirm" in done.failure.message
        assert [step.status for step in done.steps] == [StepState.SUCCESS, StepState.REFUSED, StepState.NOT_RUN]
    assert shell.ran == ["a", "a"]
    assert mender.asked == 0


def test_a_yes_given_beforehand_asks_nobody_and_without_a_wish_nobody_is_asked() -> None:
    for permits in (Permits(ask=True, yes_to=SafetyLevel.NEEDS_CONFIRM), Permits()):
        shell, person = Shell(), Answering(yes=False)
        done = replay(
            levels(SafetyLevel.NEEDS_CONFIRM), Mode.STRICT, shell, Machine(), director=person, permits=permits
        )
        assert (done.status, shell.ran, person.asked) == (ReplayStatus.SUCCESS, ["a", "b", "c"], [])


def test_a_step_that_is_handed_over_is_never_run_but_judged() -> None:
    shell, person, book = Shell(), Answering(yes=True), levels(SafetyLevel.MANUAL_ONLY)
    done = replay(book, Mode.STRICT, shell, Machine(), director=person, permits=Permits(hands=True))
    assert (done.status, shell.ran, person.done) == (ReplayStatus.SUCCESS, ["a", "c"], ["b"])
    failing = replay(
        book, Mode.STRICT, Shell(), Machine(failing="by hand: b"), director=person, permits=Permits(hands=True)
    )
    assert (failing.status, failing.stopped_at) == (ReplayStatus.FAILED, 2)


def test_what_nobody_did_by_hand_stops_the_replay() -> None:
    shell = Shell()
    for director in (Answering(yes=False), Headless()):
        done = replay(
            levels(SafetyLevel.MANUAL_ONLY),
            Mode.STRICT,
            shell,
            Machine(),
            director=director,
            permits=Permits(levels={SafetyLevel.AUTO_OK: Need.RUN}, hands=True),
        )
        assert (done.status, done.stopped_at) == (ReplayStatus.REFUSED, 2)
    assert shell.ran == ["a", "a"]


class Toolless(Machine):
    """Nothing can call the tool of the step `b`."""

    def check(self, step: PlaybookStep, command: str, values: Mapping[str, str]) -> tuple[Check, ...]:
        del step, values
        told = "nothing here can call the tool b"
        missing = Check(kind="tool_offered", state=CheckState.UNKNOWN, subject="b", message=told)
        return (missing,) if command == "b" else ()


def test_a_tool_that_nothing_calls_is_unknown_and_is_done_by_a_person() -> None:
    shell, person = Shell(), Answering(yes=True)
    assert replay(playbook("a", "b", "c"), Mode.SIMULATE, Shell(), Toolless()).status is ReplayStatus.UNKNOWN
    done = replay(playbook("a", "b", "c"), Mode.STRICT, shell, Toolless(), director=person)
    assert (done.status, shell.ran, person.done) == (ReplayStatus.SUCCESS, ["a", "c"], ["b"])


def test_a_tool_that_nothing_calls_and_nobody_does_stops_before_it() -> None:
    shell = Shell()
    done = replay(playbook("a", "b", "c"), Mode.STRICT, shell, Toolless(), director=Headless())
    assert (done.status, done.stopped_at, shell.ran) == (ReplayStatus.FAILED, 2, ["a"])
    assert done.failure is not None
    assert done.failure.failure_class is FailureClass.UNKNOWN_TARGET
    assert "nothing here can call the tool b, and nobody was there to do it" in done.failure.message


def test_what_is_found_and_what_failed_quotes_no_secret() -> None:
    class Telling(Machine):
        def check(self, step: PlaybookStep, command: str, values: Mapping[str, str]) -> tuple[Check, ...]:
            del step, values
            state = CheckState.WARN if command.startswith("use") else CheckState.FAIL
            return (Check(kind="file_exists", state=state, subject=command, message=f"see {command}"),)

    parameters = {"token": Parameter(type=ParameterType.SECRET)}
    book = msgspec.structs.replace(playbook("use {{token}}", "open {{token}}"), parameters=parameters)
    job = Job("id", book, "sha256:base", Mode.STRICT, {"token": "hunter2!"}, "/w", "/w")
    shell = Shell()
    done = Engine(job, MODES[Mode.STRICT], Telling(), shell, None, Headless(), lambda _: None).run()
    assert (len(shell.ran), done.stopped_at) == (1, 2)
    assert b"hunter2" not in msgspec.json.encode(done)


def test_a_replay_that_is_halted_stops_before_its_next_step_and_says_why() -> None:
    shell = Shell()
    job = Job("id", playbook("a", "b", "c"), "sha256:base", Mode.STRICT, {}, "/w", "/w")

    def halted() -> str | None:
        return "frozen by ada" if shell.ran == ["a"] else None

    done = Engine(job, MODES[Mode.STRICT], Machine(), shell, None, Headless(), lambda _: None, halted).run()
    assert (shell.ran, done.status, done.stopped_at) == (["a"], ReplayStatus.REFUSED, 2)
    assert done.failure is not None
    assert (done.failure.divergence, done.failure.failure_class) == (Divergence.POLICY, FailureClass.KILLED)
    assert "step 2 was not begun: replays are frozen by ada" in done.failure.message
    assert [step.status for step in done.steps] == [StepState.SUCCESS, StepState.NOT_RUN, StepState.NOT_RUN]


def test_a_replay_whose_last_step_was_done_was_not_halted() -> None:
    shell = Shell()
    job = Job("id", playbook("a"), "sha256:base", Mode.STRICT, {}, "/w", "/w")
    halted = lambda: "frozen" if shell.ran else None  # noqa: E731 - one look
    done = Engine(job, MODES[Mode.STRICT], Machine(), shell, None, Headless(), lambda _: None, halted).run()
    assert done.status is ReplayStatus.SUCCESS
