"""Printed values that are masked because they vary, and typed again: read anew by each replay."""

from pathlib import Path

from replay.compiler import compile_traces
from replay.outcome import ReplayStatus
from tests.replay.compiler.corpus import replayed
from tests.replay.recording import Machine


def test_a_temporary_folder_beside_the_work_is_the_new_one(tmp_path: Path) -> None:
    machine = Machine(tmp_path / "recorded")
    made = machine.run("mktemp -d -p .", 1)
    name = made.output.strip()
    steps = (made, machine.run(f"cd {name} && touch x", 2), machine.run("touch y", 3))
    playbook = compile_traces([machine.trace(steps)], name="work", blobs=machine.blobs).playbook
    assert [step.run for step in playbook.steps][1:] == ["cd ./{{temporary}} && touch x", "touch y"]
    replay, work = replayed(tmp_path, {"setup": "true"}, playbook, given={}, swap={})
    assert (replay.status, replay.failure) == (ReplayStatus.SUCCESS, None)
    assert [path.name for path in work.iterdir()] != [name.removeprefix("./")]


def test_a_temporary_name_without_a_digit_is_one_too(tmp_path: Path) -> None:
    machine = Machine(tmp_path / "recorded", "echo 'mkdir tmp.yWmoXdHAvZ; echo ./tmp.yWmoXdHAvZ' > make")
    made = compile_traces(
        [machine.record(["sh make", "cd ./tmp.yWmoXdHAvZ && touch x"])], name="work", blobs=machine.blobs
    )
    assert [step.run for step in made.playbook.steps] == ["sh make", "cd ./{{temporary}} && touch x"]


def test_a_commit_of_digits_alone_is_the_new_one(tmp_path: Path) -> None:
    machine = Machine(tmp_path / "recorded", "echo 'echo commit $(cat .id)' > show; echo 4322984 > .id")
    trace = machine.record(["sh show", "touch at-4322984"])
    made = compile_traces([trace], name="work", blobs=machine.blobs)
    assert made.questions == ()
    assert [step.run for step in made.playbook.steps] == ["sh show", "touch at-{{commit}}"]


def test_the_beginning_of_a_hash_stays_where_a_longer_one_would_be_another_text(tmp_path: Path) -> None:
    machine = Machine(tmp_path / "recorded", "echo 'echo order 7f3a91c2d4' > order; touch not-7f3a91c2")
    trace = machine.record(["sh order", "rm not-7f3a91c2", "touch bill-7f3a91c2d4"])
    playbook = compile_traces([trace], name="work", blobs=machine.blobs).playbook
    assert [step.run for step in playbook.steps] == ["sh order", "rm not-7f3a91c2", "touch bill-{{order}}"]


def test_the_beginning_of_a_hash_may_be_longer_for_what_looks_it_up(tmp_path: Path) -> None:
    setup = (
        "git init -q -b main; git config user.name a; git config user.email a@b; touch a; git add a; git commit -qm a"
    )
    machine = Machine(tmp_path / "recorded", setup)
    head = machine.run("git rev-parse HEAD", 1)
    commit = head.output.strip()
    steps = (head, machine.run(f"git tag short {commit[:8]}", 2), machine.run(f"touch at-{commit}", 3))
    playbook = compile_traces([machine.trace(steps)], name="work", blobs=machine.blobs).playbook
    assert [step.run for step in playbook.steps][1:] == ["git tag {{tag}} {{commit}}", "touch at-{{commit}}"]
