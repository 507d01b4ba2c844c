"""What is there already, and can be shown to be as wanted."""

import msgspec
import pytest

from replay.matching import masks
from replay.outcome import FailureClass
from replay.repairs.rules.satisfied_already import SatisfiedAlready
from tests.replay.repairs.scene import Scene, patches, step

RULE = SatisfiedAlready()
EXISTS, APPLIED = FailureClass.ALREADY_EXISTS, FailureClass.ALREADY_APPLIED
COMMIT = "git init -q -b main .; git commit -q --allow-empty -m 1; git remote add origin ../far"


def test_mkdir_becomes_idempotent(scene: Scene) -> None:
    scene.record(":", step("mkdir out && date > out/now", effects=["created out/", "created out/now"])).drift(
        "mkdir out"
    )

    proposals = scene.propose(scene.failed(EXISTS, "out"), RULE)

    assert patches(proposals) == [[{"op": "replace", "step_index": 1, "value": "mkdir -p out && date > out/now"}]]
    assert scene.works(proposals.candidates[0].candidate.patch)


@pytest.mark.parametrize(
    ("drift", "run"),
    [
        ("git tag v1", "git tag v1"),
        ("git branch topic", "git branch topic"),
        (":", "git remote add origin ../far"),
        ("ln -s a b", "ln -s a b"),
        (":", "git commit -m again"),
        (":", "git -C . remote add origin ../far"),
        ("git tag -m two v2", "git tag -a v2 -m two"),
        ("git branch topic main", "git branch topic main"),
        ("git branch w; git worktree add -q ../wt w", "git worktree add ../wt w"),
    ],
)
def test_a_state_that_holds_is_skipped(scene: Scene, drift: str, run: str) -> None:
    scene.record(COMMIT + "; echo 1 > .git/info/exclude; echo '*' > .git/info/exclude", step(run)).drift(drift)

    (only,) = scene.propose(scene.failed(APPLIED if "commit" in run else EXISTS), RULE).candidates

    assert only.preselected
    assert [entry.op for entry in only.candidate.patch] == ["skip"]


def test_a_change_that_git_finds_in_already_is_skipped(scene: Scene) -> None:
    change = "git switch -qc b; echo 2 > a; git add a; git commit -qm 2; git switch -q main"
    scene.record(f"{COMMIT}; {change}", step("git cherry-pick b")).drift("git cherry-pick b")

    (only,) = scene.propose(scene.failed(APPLIED), RULE).candidates

    assert [entry.op for entry in only.candidate.patch] == ["skip"]


def test_a_branch_at_this_commit_is_only_checked_out(scene: Scene) -> None:
    scene.record(COMMIT, step("git checkout -q -b topic")).drift("git branch topic")

    proposals = scene.propose(scene.failed(EXISTS, "topic"), RULE)

    assert patches(proposals) == [[{"op": "replace", "step_index": 1, "value": "git checkout -q topic"}]]
    assert scene.works(proposals.candidates[0].candidate.patch)


def test_a_patch_is_skipped_only_when_its_result_is_there(scene: Scene) -> None:
    scene.record(
        "git init -q .; echo new > a; echo old > b; diff -u b a | sed 's/^--- b/--- a/;s/^+++ a.*/+++ a/' > p",
        step("git apply p", effects=["modified a"]),
    )
    wanted = masks.content_digest(b"new\n", scene.bindings)
    effect = msgspec.structs.replace((scene.steps[0].expect.effects or ())[0], content=wanted)
    scene.steps = [
        msgspec.structs.replace(
            scene.steps[0], expect=msgspec.structs.replace(scene.steps[0].expect, effects=(effect,))
        )
    ]

    (only,) = scene.propose(scene.failed(APPLIED), RULE).candidates
    scene.drift("echo other > a")

    assert [entry.op for entry in only.candidate.patch] == ["skip"]
    assert scene.propose(scene.failed(APPLIED), RULE).candidates == ()


@pytest.mark.parametrize(
    ("drift", "run"),
    [
        ("echo a file > out", "mkdir out"),
        ("git tag v1; git commit -q --allow-empty -m 2", "git tag v1"),
        ("git clone -q . ../copy; git -C ../copy remote set-url origin ../other", "git clone . ../copy"),
        (":", "git remote add origin ../elsewhere"),
        ("ln -s other b", "ln -s a b"),
        ("git branch topic; git commit -q --allow-empty -m 2", "git branch topic main"),
        ("git branch w; git worktree add -q ../wt w", "git worktree add ../wt main"),
        ("echo mine > b", "ln a b 2>&1; ln -s a b"),
    ],
)
def test_another_state_is_never_deleted_forced_or_skipped(scene: Scene, drift: str, run: str) -> None:
    scene.record(COMMIT, step(run)).drift(drift)

    proposals = scene.propose(scene.failed(EXISTS), RULE)

    assert proposals.candidates == ()
    assert "nothing is deleted or forced" in (proposals.abstained or "")


@pytest.mark.parametrize(
    ("drift", "run", "wanted"),
    [
        ("git branch wip; git commit -q --allow-empty -m 2", "git checkout -q -b wip", "git checkout -q wip"),
        ("git branch wip; git commit -q --allow-empty -m 2", "git switch -c wip && ls", "git switch wip && ls"),
    ],
)
def test_a_branch_at_another_commit_is_offered_and_not_chosen(scene: Scene, drift: str, run: str, wanted: str) -> None:
    scene.record(COMMIT, step(run)).drift(drift)

    (only,) = scene.propose(scene.diagnosed(), RULE).candidates

    assert [entry.value for entry in only.candidate.patch] == [wanted]
    assert not only.preselected
    assert scene.works(only.candidate.patch)


@pytest.mark.parametrize("name", ["", "mirror"])
def test_a_clone_of_that_place_is_skipped(scene: Scene, name: str) -> None:
    scene.record(COMMIT + "; git clone -q --bare . ../hub.git", step(f"git clone -q ../hub.git {name}"))
    scene.drift(f"git clone -q ../hub.git {name}")

    (only,) = scene.propose(scene.diagnosed(), RULE).candidates

    assert [entry.op for entry in only.candidate.patch] == ["skip"]
    assert only.preselected


@pytest.mark.parametrize(
    ("run", "wanted"),
    [
        ("sqlite3 s.db 'create table shop(x)'", "sqlite3 s.db 'create table if not exists shop(x)'"),
        (
            "sqlite3 s.db 'CREATE UNIQUE INDEX by_x ON shop(x)'",
            "sqlite3 s.db 'CREATE UNIQUE INDEX if not exists by_x ON shop(x)'",
        ),
    ],
)
def test_a_table_is_made_only_where_it_is_not(scene: Scene, run: str, wanted: str) -> None:
    scene.record("sqlite3 s.db 'create table shop(x)'", step(run)).drift(
        "sqlite3 s.db 'create unique index if not exists by_x on shop(x)'"
    )

    proposals = scene.propose(scene.diagnosed(), RULE)

    assert patches(proposals) == [[{"op": "replace", "step_index": 1, "value": wanted}]]
    assert scene.works(proposals.candidates[0].candidate.patch)


def test_a_work_tree_a_submodule_and_a_picked_commit_that_are_there_are_left_out(scene: Scene) -> None:
    git = "git -c protocol.file.allow=always"
    setup = (
        "git init -q -b main ../lib; cd ../lib; echo l > l; git add l; git commit -qm l; cd ../work; "
        "git init -q -b main .; "
        "echo a > a; git add a; git commit -qm a; git switch -qc fix; echo f > f; git add f; git commit -qm f; "
        "git switch -q main; echo b > b; git add b; git commit -qm b; git branch heron"
    )
    for run in ("git worktree add -q side heron", f"{git} submodule -q add ../lib lib", "git cherry-pick fix"):
        scene.record(f"rm -rf .git ../lib side lib .gitmodules; {setup}", step(run))
        scene.drift(run)
        assert [patch[0]["op"] for patch in patches(scene.propose(scene.diagnosed(), RULE))] == ["skip"], run


def test_a_work_tree_of_another_branch_is_not_taken_for_it(scene: Scene) -> None:
    scene.record(
        "git init -q -b main .; echo a > a; git add a; git commit -qm a; git branch heron; git branch other",
        step("git worktree add -q side heron"),
    )
    scene.drift("git worktree add -q side other")
    assert patches(scene.propose(scene.diagnosed(), RULE)) == []
