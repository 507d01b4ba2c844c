"""Branches and tags under another name."""

import msgspec
import pytest

from replay.outcome import FailureClass
from replay.playbook import Requirement
from replay.repairs import patching
from replay.repairs.proposal import Trust
from replay.repairs.rules.git_ref import GitRef
from tests.replay.repairs.scene import Scene, patches, step

RULE = GitRef()
GIT_REF = FailureClass.GIT_REF
REPOSITORY = "git init -q -b main .; git commit -q --allow-empty -m 1; git branch feature/login; git tag v1.2"


def test_origin_s_default_branch_stands_for_the_old_trunk_everywhere(scene: Scene) -> None:
    scene.record(
        "git init -q -b trunk ../far; git -C ../far commit -q --allow-empty -m 1; git clone -q ../far .",
        step("git checkout master", output="Already on 'master'\nYour branch is up to date with 'origin/master'.\n"),
        step("git log --oneline origin/master..HEAD", output=""),
        step("echo master > master.txt"),
        step("git status -sb", output="## master...origin/master\n?? master.txt\n"),
    )

    (only,) = scene.propose(scene.failed(GIT_REF, "master"), RULE).candidates

    assert only.preselected
    assert only.candidate.trust is Trust.HISTORY
    patched = patching.apply(scene.playbook, only.candidate.patch)
    assert [each.run for each in patched.steps] == [
        "git checkout trunk",
        "git log --oneline origin/trunk..HEAD",
        "echo master > master.txt",
        "git status -sb",
    ]
    assert patched.steps[0].expect.output == "Already on 'trunk'\nYour branch is up to date with 'origin/trunk'.\n"
    assert patched.steps[3].expect.output == "## trunk...origin/trunk\n?? master.txt\n"
    assert scene.works(only.candidate.patch)


@pytest.mark.parametrize(
    ("run", "subject", "found"),
    [
        ("git checkout -q master", "master", "git checkout -q main"),
        ("git merge -q feat/login", "feat/login", "git merge -q feature/login"),
        ("git log 1.2..HEAD", "1.2..HEAD", "git log v1.2..HEAD"),
        ("git checkout -q feature/lgoin", "feature/lgoin", "git checkout -q feature/login"),
        ("git -C . show master:x --", "master:x", "git -C . show main:x --"),
        ("git switch feat", "feat", "git switch feature/login"),
    ],
)
def test_the_nearest_ref(scene: Scene, run: str, subject: str, found: str) -> None:
    scene.record(REPOSITORY, step(run))

    (only,) = scene.propose(scene.failed(GIT_REF, subject), RULE).candidates

    assert patching.apply(scene.playbook, only.candidate.patch).steps[0].run == found


def test_what_a_step_needs_has_the_new_name_too(scene: Scene) -> None:
    needs = (Requirement(revision="feat/login", commit="4" * 40), Requirement(git=".", ref="feat/login"))
    scene.record(REPOSITORY, msgspec.structs.replace(step("git merge -q feat/login"), requires=needs))

    (only,) = scene.propose(scene.failed(GIT_REF, "feat/login"), RULE).candidates

    changed = patching.apply(scene.playbook, only.candidate.patch).steps[0].requires
    assert [need.revision or need.ref for need in changed] == ["feature/login", "feature/login"]


def test_a_branch_that_is_gone_from_the_remote_alone_keeps_its_name_here(scene: Scene) -> None:
    scene.record(
        "git init -q -b master ../far; git -C ../far commit -q --allow-empty -m 1; git clone -q ../far .;"
        "git -C ../far branch -m main; git fetch -q --prune; git remote set-head origin main",
        step("git rebase -q origin/master"),
        step("git log -1 --format=%s master"),
    )

    (only,) = scene.propose(scene.diagnosed(), RULE).candidates

    assert [each.run for each in patching.apply(scene.playbook, only.candidate.patch).steps] == [
        "git rebase -q origin/main",
        "git log -1 --format=%s master",
    ]
    assert scene.works(only.candidate.patch)


def test_equal_ones_are_all_offered(scene: Scene) -> None:
    scene.record(REPOSITORY + "; git branch fix/login", step("git merge topic/login"))

    proposals = scene.propose(scene.failed(GIT_REF, "topic/login"), RULE)

    assert len(proposals.candidates) == 2
    assert not any(ranked.preselected for ranked in proposals.candidates)


def test_no_branch_is_made_up(scene: Scene) -> None:
    scene.record(REPOSITORY, step("git checkout wholly-unlike"))

    proposals = scene.propose(scene.failed(GIT_REF, "wholly-unlike"), RULE)

    assert proposals.candidates == ()
    assert "no branch is made" in (proposals.abstained or "")


def test_the_name_that_gits_own_log_tells_stands_before_a_like_one(scene: Scene) -> None:
    scene.record(
        "git init -q -b main .; echo a > a; git add a; git commit -qm a; git branch copper",
        step("git switch -q copper"),
    )
    scene.drift("git branch -m copper bronze; git branch coppers")

    proposals = scene.propose(scene.diagnosed(), RULE)

    assert [patch[0]["value"] for patch in patches(proposals)] == [{"from": "copper", "to": "bronze", "kind": "ref"}]
    assert proposals.candidates[0].preselected
