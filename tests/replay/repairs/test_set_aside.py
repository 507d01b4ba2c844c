"""Local changes in git's way."""

import pytest

from replay.repairs.proposal import Risk
from replay.repairs.rules.set_aside import SetAside
from tests.replay.repairs.scene import Scene, step

RULE = SetAside()
TWO = (
    "git init -q -b main .; echo 1 > notes; git add notes; git commit -qm 1; "
    "git switch -qc draft; echo 2 > notes; echo n > new; git add -A; git commit -qm 2; git switch -q main"
)


@pytest.mark.parametrize("run", ["git switch draft", "git merge -q draft", "git checkout draft && cat notes"])
def test_a_stash_and_a_commit_are_offered_and_none_is_chosen(scene: Scene, run: str) -> None:
    scene.record(TWO, step(run)).drift("echo mine > notes")

    ranked = scene.propose(scene.diagnosed(), RULE).candidates

    assert [str(each.candidate.patch[0].value).split(" -")[0] for each in ranked] == ["git stash push", "git commit"]
    assert {(each.preselected, each.candidate.risk) for each in ranked} == {(False, Risk.HIGH)}
    assert scene.works(ranked[0].candidate.patch)
    assert "mine" in scene.sh("git stash show -p").stdout


def test_an_untracked_file_is_stashed_too(scene: Scene) -> None:
    scene.record(TWO, step("git merge -q draft")).drift("echo mine > new")

    (only,) = scene.propose(scene.diagnosed(), RULE).candidates

    assert "--include-untracked" in str(only.candidate.patch[0].value)
    assert scene.works(only.candidate.patch)


def test_an_unfinished_merge_is_for_a_person(scene: Scene) -> None:
    scene.record(TWO, step("git merge -q draft")).drift("echo 3 > notes; git commit -qam 3; git merge -q draft || :")

    proposals = scene.propose(scene.diagnosed(), RULE)

    assert proposals.candidates == ()
    assert (proposals.abstained or "").endswith("?")
