"""Events on paper, and the trace that they amount to."""

import msgspec
import pytest

from capture.errors import BadInputError
from capture.events import (
    Event,
    InputSent,
    Resized,
    RunEnded,
    RunStarted,
    ShellReady,
    StepEnded,
    StepStarted,
    fold,
)
from capture.trace import Input, RunStatus, StepStatus
from tests.capture.samples import AT, a_run, a_step

RUN = a_run(run_id="r")
STEP = a_step(duration_ms=1.5)
HEAD = RunStarted(run=RUN, environment={"A": "given"})
BEGAN = StepStarted(step_index=2, command="ask", cwd="/x", at=AT, output_start=7)
TYPED = Input(prompt="Name: ", text="Ada\n")
ALL: list[Event] = [
    HEAD,
    ShellReady(environment={"A": "read"}),
    StepStarted(step_index=1, command="make", cwd="/w", at=AT, output_start=0),
    StepEnded(step=STEP),
    Resized(columns=100, rows=30, at_us=5),
    BEGAN,
    InputSent(step_index=2, input=TYPED),
    RunEnded(status=RunStatus.PARTIAL, at=AT),
]


def test_every_event_survives_its_line() -> None:
    for event in ALL:
        line = msgspec.json.encode(event)
        assert b"\n" not in line
        assert msgspec.json.decode(line, type=Event) == event


def test_a_trace_is_what_its_events_tell() -> None:
    trace = fold(ALL)
    assert (trace.run.status, trace.run.ended_at, trace.environment) == (RunStatus.PARTIAL, AT, {"A": "read"})
    assert trace.steps[0] == STEP
    unfinished = trace.steps[1]
    assert (unfinished.status, unfinished.exit_code, unfinished.command) == (StepStatus.PARTIAL, None, "ask")
    assert (unfinished.inputs, unfinished.output_start) == ((TYPED,), 7)


def test_a_cut_tail_costs_only_what_it_held() -> None:
    assert fold(ALL[:4]).steps == (STEP,)
    assert fold(ALL[:1]).environment == {"A": "given"}
    assert fold(ALL[:1]).run == RUN


@pytest.mark.parametrize("events", [[], ALL[1:], [msgspec.structs.replace(HEAD, v=2)]])
def test_what_is_no_trace_of_ours_is_said(events: list[Event]) -> None:
    with pytest.raises(BadInputError, match=r"no trace|version 2"):
        fold(events)
