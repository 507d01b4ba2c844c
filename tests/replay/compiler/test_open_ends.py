"""Steps of which nobody knows how they came out: kept, and left to a person, for the reason that is true."""

import msgspec
import pytest

from capture.provenance import Hints
from capture.trace import Step, StepStatus
from replay.playbook import SafetyLevel
from tests.replay.compiler.test_tool_calls import compiled, step

WHY = "it ran in the background, and its end is not in the record"


def unended(command: str, status: StepStatus = StepStatus.PARTIAL, hints: Hints | None = None) -> Step:
    return msgspec.structs.replace(step(command, hints=hints), exit_code=None, status=status)


@pytest.mark.parametrize(
    ("status", "hints", "reason"),
    [
        (StepStatus.PARTIAL, Hints(open_end=WHY), WHY),
        (StepStatus.FAILED, Hints(open_end="its exit code is not in the record"), "its exit code is not in the record"),
        (StepStatus.FAILED, None, "it failed, and its exit code is not known"),
    ],
)
def test_what_was_done_and_not_seen_to_end_is_a_persons_job(
    status: StepStatus, hints: Hints | None, reason: str
) -> None:
    made = compiled((unended("serve &", status, hints), step("curl localhost")))
    assert made.dropped == ()
    server = made.playbook.steps[0]
    assert (server.safety, server.safety_reason) == (SafetyLevel.MANUAL_ONLY, reason)
    assert server.expect.output is None
    assert not any("failed in the recording" in note for note in made.quality.notes)


def test_what_never_ended_is_left_out() -> None:
    made = compiled((unended("serve"), step("make")))
    assert [one.reason for one in made.dropped] == ["it never ended: the session was cut"]


def test_what_ran_in_the_background_did_not_fail() -> None:
    made = compiled((unended("serve &", hints=Hints(open_end=WHY)), step("serve &")))
    assert made.dropped == ()


def test_a_failure_that_was_made_good_is_left_out() -> None:
    made = compiled((unended("make", StepStatus.FAILED), step("make")))
    assert [one.reason for one in made.dropped] == ["it failed, and step 2 did it right"]
