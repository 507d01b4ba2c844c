"""Pulls of a branch that follows none any more."""

from replay.repairs.rules.git_upstream import GitUpstream
from tests.replay.repairs.scene import Scene, step

RULE = GitUpstream()
SETUP = (
    "git init -q --bare ../hub.git; git init -q -b main .; echo a > a; git add a; git commit -qm a; "
    "git remote add origin ../hub.git; git push -q -u origin main"
)


def test_the_branch_of_the_same_name_is_named(scene: Scene) -> None:
    scene.record(SETUP, step("git pull -q --ff-only"))
    scene.drift("git branch --unset-upstream")

    (patch,) = [ranked.candidate.patch for ranked in scene.propose(scene.diagnosed(), RULE).candidates]

    assert patch[0].value == "git pull -q --ff-only origin main"
    assert scene.works(patch)


def test_a_branch_that_no_remote_has_is_left_to_a_person(scene: Scene) -> None:
    scene.record(SETUP, step("git pull -q --ff-only"))
    scene.drift("git switch -q -c side")

    assert scene.propose(scene.diagnosed(), RULE).candidates == ()
