"""Simulate as a person reads it: values that are printed later, and what is in the way before what is unknown."""

from pathlib import Path

import pytest

from app.core import Core
from capture.home import Home
from replay.foretold import foretold
from replay.outcome import Check, CheckState, Mode, Replay, ReplayStatus, StepOutcome, StepState
from tests.program import Program

BY_ID = """\
replaybook: 1
name: order
shell: zsh
steps:
  - run: cat id
    capture: [{name: id, recorded: "12ab", pattern: "[0-9a-f]+"}]
    expect: {exit: 0, output: "{{id}}\\n"}
  - run: print ${(f)"$(<id)"} $#items > orders/{{id}}/count
    expect: {exit: 0, output: ""}
  - run: cat orders/{{id}}/lines
    expect: {exit: 0, output: ""}
"""


def simulated(folder: Path, document: str) -> Replay:
    home = Home(folder / "home").prepare()
    path = home.path / "playbooks" / "order" / "1.yaml"
    path.parent.mkdir(parents=True)
    path.write_text(document)
    (folder / "id").write_text("12ab\n")
    return Core(home).replay("order", mode=Mode.SIMULATE, cwd=str(folder))


def test_a_value_that_an_earlier_step_prints_stands_in_text_of_any_kind(tmp_path: Path) -> None:
    replay = simulated(tmp_path, BY_ID)
    assert replay.status is ReplayStatus.UNKNOWN
    assert "id_from_step_1" in replay.steps[1].run
    (unknown,) = (one for one in replay.steps[2].checks if one.kind == "file_exists")
    assert (unknown.state, unknown.failure_class) == (CheckState.UNKNOWN, None)
    assert unknown.hint == "step 1 prints it; a replay in a shadow tells"


def check(state: CheckState, message: str, hint: str | None = None) -> Check:
    return Check(kind="k", state=state, subject=message, message=message, hint=hint)


@pytest.mark.parametrize("turned", [False, True])
def test_each_thing_once_and_the_worst_first(*, turned: bool) -> None:
    warned, lost = check(CheckState.WARN, "older"), check(CheckState.FAIL, "gone")
    unsure = check(CheckState.UNKNOWN, "who knows", "a replay in a shadow tells")
    checks = (warned, check(CheckState.PASS, "there"), unsure, lost)
    steps = [
        StepOutcome(step_index=1, status=StepState.WARNED, run="a", checks=(warned,)),
        StepOutcome(step_index=2, status=StepState.BLOCKED, run="b", checks=checks[::-1] if turned else checks),
    ]
    assert [(one.state, one.where, one.message, one.hint) for one in foretold(steps)] == [
        (CheckState.FAIL, "step 2", "gone", None),
        (CheckState.UNKNOWN, "step 2", "who knows", "a replay in a shadow tells"),
        (CheckState.WARN, "steps 1, 2", "older", None),
    ]


def test_the_command_line_says_what_is_in_the_way_first(tmp_path: Path) -> None:
    steps = 'steps:\n  - run: cat id "$PLACE"\n    requires: [{env: NOBODY_SETS_THIS}]\n'
    simulated(tmp_path, BY_ID.replace("zsh", "bash").replace("steps:\n", steps))
    told = Program(tmp_path / "home", tmp_path)("replay", "order", "--mode", "simulate")
    assert told.code == 3
    lines = told.out.splitlines()
    assert lines[1:3] == ["in the way", "  step 1: variable NOBODY_SETS_THIS is not set"]
    at = lines.index("unknown")
    assert lines[at + 2].startswith("    → ")
    assert at < lines.index("steps")
