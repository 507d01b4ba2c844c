"""Steps that ran out of time."""

import msgspec
import pytest

from replay.outcome import FailureClass
from replay.repairs.rules.longer_time_limit import LongerTimeLimit
from tests.replay.repairs.scene import Scene, patches, step

RULE = LongerTimeLimit()
WAITS = "sh -c 'test -e come || sleep 60'"


def test_more_time_is_offered_and_never_chosen(scene: Scene) -> None:
    evidence = scene.record(":", step("false")).failed(FailureClass.TIMEOUT)
    assert evidence.actual
    slow = msgspec.structs.replace(evidence.actual, timed_out=True, duration_ms=30_000)

    proposals = scene.propose(msgspec.structs.replace(evidence, actual=slow), RULE)

    assert patches(proposals) == [[{"op": "set_timeout", "step_index": 1, "value": "120s"}]]
    assert not proposals.candidates[0].preselected


def test_a_step_that_waits_for_an_answer_gets_no_more_time(scene: Scene) -> None:
    evidence = scene.record(":", step("false")).failed(FailureClass.TIMEOUT)
    assert evidence.actual
    asking = msgspec.structs.replace(evidence.actual, timed_out=True, unmet_prompt="Sure?")

    assert scene.propose(msgspec.structs.replace(evidence, actual=asking), RULE).candidates == ()


@pytest.mark.parametrize(
    ("run", "wanted"),
    [
        (f"timeout 1 {WAITS}", f"timeout 4 {WAITS}"),
        (f"timeout -k 5 0.5s nice -n 3 {WAITS} && ls", f"timeout -k 5 2s nice -n 3 {WAITS} && ls"),
    ],
)
def test_the_command_s_own_limit_is_raised(scene: Scene, run: str, wanted: str) -> None:
    proposals = scene.propose(scene.record(":", step(run)).diagnosed(), RULE)

    assert patches(proposals) == [[{"op": "replace", "step_index": 1, "value": wanted}]]
    assert not proposals.candidates[0].preselected
    scene.drift("touch come")
    assert scene.works(proposals.candidates[0].candidate.patch)
