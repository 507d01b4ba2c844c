"""What an agent tried again is a dead end, whoever recorded it."""

from datetime import UTC, datetime

import msgspec

from capture.provenance import AgentUse
from capture.retries import TRIED_AGAIN, with_retries
from capture.trace import Run, RunStatus, Step, StepKind, StepStatus, Trace

AT = datetime(2026, 3, 4, 10, tzinfo=UTC)


def done(index: int, command: str, status: StepStatus, cwd: str = "/w", kind: StepKind = StepKind.SHELL) -> Step:
    return Step(
        step_index=index,
        kind=kind,
        command=command,
        cwd=cwd,
        cwd_after=cwd,
        status=status,
        exit_code=int(status is StepStatus.FAILED),
        started_at=AT,
        duration_ms=1,
    )


def recorded(*steps: Step, agent: AgentUse | None) -> Trace:
    status = RunStatus.SUCCESS
    run = Run(
        run_id="r", name="r", status=status, started_at=AT, shell="", cwd="/w", host="", workspace="/w", agent=agent
    )
    return Trace(run=run, steps=steps)


def test_a_failed_call_that_is_made_again_is_a_dead_end() -> None:
    failed, success = StepStatus.FAILED, StepStatus.SUCCESS
    steps = (
        done(1, "make", failed),
        done(2, "make", failed, cwd="/w/sub"),
        done(3, "make", failed),
        done(4, "edit", success),
        done(5, "make", success),
        done(6, "make", success),
        done(7, "tool:t {}", failed, kind=StepKind.TOOL),
    )
    trace = with_retries(recorded(*steps, agent=AgentUse(name="x")))
    dead = [step.step_index for step in trace.steps if step.hints and step.hints.dead_end == TRIED_AGAIN]
    assert dead == [1, 3]
    person = recorded(*steps, agent=None)
    assert with_retries(person) is person


def test_a_call_that_was_refused_was_not_made_again() -> None:
    steps = done(1, "make", StepStatus.FAILED), done(2, "make", StepStatus.SKIPPED)
    assert with_retries(recorded(*steps, agent=AgentUse(name="x"))).steps == steps


def test_what_is_known_of_a_dead_end_already_stays() -> None:
    first = done(1, "make", StepStatus.FAILED)
    trace = with_retries(recorded(first, done(2, "make", StepStatus.SUCCESS), agent=AgentUse(name="x")))
    assert with_retries(trace) == trace
    assert msgspec.structs.replace(trace.steps[0], hints=msgspec.UNSET) == first
