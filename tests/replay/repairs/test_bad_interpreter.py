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


def test_a_later_step_calls_it_the_same_way(scene: Scene) -> None:
    scene.record(script("#!/no/such/bash", ""), step("./gen"), step("true && ./gen again"))

    (only,) = scene.propose(scene.failed(BAD, "./gen"), RULE).candidates

    assert [entry.value for entry in only.candidate.patch] == ["bash ./gen", "true && bash ./gen again"]


def test_the_file_of_a_program_is_no_force(scene: Scene) -> None:
    scene.record(script("#!/no/such/awk -f", "BEGIN { print 1 }"), step("./gen"))

    (only, *_) = scene.propose(scene.failed(BAD, "./gen"), RULE).candidates

    assert only.candidate.patch[0].value == "awk -f ./gen"
    assert scene.works(only.candidate.patch)


def test_a_script_whose_interpreter_is_fine_is_left_alone(scene: Scene) -> None:
    scene.record(script("#!/bin/sh", "exit 3"), step("./gen"))

    proposals = scene.propose(scene.failed(BAD, "./gen"), RULE)

    assert proposals.candidates == ()
    assert "Which one should run it?" in (proposals.abstained or "")


def test_an_unknown_interpreter_is_asked_for(scene: Scene) -> None:
    scene.record(script("#!/opt/bin/qqinterpreter", ""), step("./gen"))

    assert scene.propose(scene.failed(BAD, "./gen"), RULE).candidates == ()
