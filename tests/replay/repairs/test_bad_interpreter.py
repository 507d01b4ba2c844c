"""Scripts whose interpreter is not where they say."""

import pytest

from replay.outcome import FailureClass
from replay.repairs.rules.bad_interpreter import BadInterpreter
from tests.replay.repairs.scene import Scene, patches, step

RULE = BadInterpreter()
BAD = FailureClass.BAD_INTERPRETER


def script(first_line: str, body: str) -> str:
    return f"printf '{first_line}\\n{body}\\n' > gen; chmod +x gen"


@pytest.mark.parametrize(
    ("first_line", "called"),
    [
        ("#!/opt/gone/bin/python3 -u", "python3 -u ./gen a"),
        ("#!/no/such/bash", "bash ./gen a"),
        ("#!/usr/bin/env bash-9.9", "bash ./gen a"),
    ],
)
def test_the_interpreter_that_is_here(scene: Scene, first_line: str, called: str) -> None:
    scene.record(script(first_line, ""), step("./gen a"))

    proposals = scene.propose(scene.failed(BAD, "./gen"), RULE)

    assert patches(proposals)[0] == [{"op": "replace", "step_index": 1, "value": called}]
    assert proposals.candidates[0].preselected
    assert scene.works(proposals.candidates[0].candidate.patch)


def test_dos_line_ends_are_an_edit_to_review(scene: Scene) -> None:
    scene.record(script("#!/bin/bash\\r", "echo hi\\r"), step("./gen"))

    (only,) = scene.propose(scene.failed(BAD, "./gen"), RULE).candidates

    assert only.candidate.patch[0].value == "sed -i.crlf 's/\\r$//' gen"
    assert not only.preselected
    assert scene.works(only.candidate.patch)


def test_a_script_whose_interpreter_is_fine_is_left_alone(scene: Scene) -> None:
    scene.record(script("#!/bin/sh", "exit 3"), step("./gen"))

    proposals = scene.propose(scene.failed(BAD, "./gen"), RULE)

    assert proposals.candidates == ()
    assert "Which one should run it?" in (proposals.abstained or "")


def test_an_unknown_interpreter_is_asked_for(scene: Scene) -> None:
    scene.record(script("#!/opt/bin/qqinterpreter", ""), step("./gen"))

    assert scene.propose(scene.failed(BAD, "./gen"), RULE).candidates == ()
