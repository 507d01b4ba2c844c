"""Shell scripts that came back with the line ends of DOS."""

import pytest

from replay.repairs.rules.line_ends import LineEnds
from tests.replay.repairs.scene import Scene, step

RULE = LineEnds()
EDIT = "sed -i.crlf 's/\\r$//' gen"


@pytest.mark.parametrize(
    ("text", "run"),
    [
        ("#!/bin/bash\\r\\necho hi\\r\\n", "./gen"),
        ("cd .\\r\\n", "bash gen"),
        ("cd .\\r\\n", ". ./gen"),
        ("if true; then\\r\\necho hi\\r\\nfi\\r\\n", "sh -e gen now"),
    ],
)
def test_they_are_an_edit_to_review(scene: Scene, text: str, run: str) -> None:
    scene.record(f"printf '{text}' > gen; chmod +x gen", step(run))

    (only,) = scene.propose(scene.diagnosed(), RULE).candidates

    assert only.candidate.patch[0].value == EDIT
    assert not only.preselected
    assert scene.works(only.candidate.patch)
    assert "\r" in (scene.work / "gen.crlf").read_bytes().decode()


@pytest.mark.parametrize(("text", "run"), [("cd nowhere\\n", "bash gen"), ("\\r\\n", "cat gone gen")])
def test_what_fails_otherwise_is_left_alone(scene: Scene, text: str, run: str) -> None:
    scene.record(f"printf '{text}' > gen", step(run))

    assert scene.propose(scene.diagnosed(), RULE).candidates == ()
