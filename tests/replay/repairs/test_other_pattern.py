"""Patterns that match nothing any more."""

import pytest

from replay.outcome import FailureClass
from replay.repairs.rules.other_pattern import OtherPattern
from tests.replay.repairs.scene import Scene, step

RULE = OtherPattern()
MISSING = FailureClass.MISSING_FILE
TWO = "mkdir -p d; echo 1 > d/a.yml; echo 2 > d/b.yml"


@pytest.mark.parametrize(
    ("drift", "pattern"),
    [
        ("mv d/a.yml d/a.yaml; mv d/b.yml d/b.yaml", "d/*.yaml"),
        ("mkdir -p conf/d; mv d/*.yml conf/d/", "conf/d/*.yml"),
    ],
)
def test_the_pattern_of_the_same_files_now(scene: Scene, drift: str, pattern: str) -> None:
    scene.record(TWO, step("cat d/*.yml"), step("for f in d/*.yml; do wc -l $f; done")).drift(drift)

    (only,) = scene.propose(scene.diagnosed(), RULE).candidates

    assert [entry.value for entry in only.candidate.patch] == [
        f"cat {pattern}",
        f"for f in {pattern}; do wc -l $f; done",
    ]
    assert only.preselected
    assert scene.works(only.candidate.patch)


@pytest.mark.parametrize(
    "drift",
    [
        "mv d/a.yml d/a.yaml; rm d/b.yml",
        "rm d/*.yml",
        "mv d/a.yml d/a.txt; mv d/b.yml d/b.md",
    ],
)
def test_nothing_where_not_all_are_there(scene: Scene, drift: str) -> None:
    scene.record(TWO, step("cat d/*.yml")).drift(drift)

    assert scene.propose(scene.blocked(MISSING, "d/*.yml"), RULE).candidates == ()


def test_two_places_are_both_offered(scene: Scene) -> None:
    scene.record(TWO, step("cat d/*.yml")).drift("mkdir x y; cp d/*.yml x; mv d/*.yml y")

    proposals = scene.propose(scene.diagnosed(), RULE)

    assert len(proposals.candidates) == 2
    assert not any(ranked.preselected for ranked in proposals.candidates)
