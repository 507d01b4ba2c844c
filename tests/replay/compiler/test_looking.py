"""Looking around: left out, unless it shows what the work came to or work that stays lives on what it shows."""

from collections.abc import Sequence
from pathlib import Path

import msgspec
import pytest

from replay.compiler import compile_traces
from tests.replay.recording import Machine


def kept(tmp_path: Path, commands: Sequence[str], setup: str = "true") -> list[str]:
    machine = Machine(tmp_path, setup)
    compilation = compile_traces([machine.record(commands)], name="work", blobs=machine.blobs)
    return [step.run for step in compilation.playbook.steps]


CHECKS = {
    "at what was made": ["touch a", "ls a"],
    "at what is gone": ["rm b", "ls b"],
    "at what lies behind a new link": ["ln -s d now", "cat now/f"],
    "from somewhere else": ["echo x > d/f", "cd d", "cat ./f"],
    "at what was copied to where nobody watches": ["cp b ../c", "cat ../c"],
}


@pytest.mark.parametrize("commands", CHECKS.values(), ids=CHECKS)
def test_a_look_at_a_result_is_a_check(tmp_path: Path, commands: list[str]) -> None:
    assert kept(tmp_path, commands, "touch b; mkdir d; echo f > d/f") == commands


def test_a_look_at_a_place_that_the_work_told_of_is_a_check(tmp_path: Path) -> None:
    commands = ["sh say", "ls /srv/spool/job.out", "ls /srv/spool/other.out"]
    assert kept(tmp_path, commands, "echo echo saved /srv/spool/job.out > say") == ["sh say", "ls {{place}}"]


def test_a_look_that_only_another_look_lives_on_goes_with_it(tmp_path: Path) -> None:
    assert kept(tmp_path, ["cat where", "ls /srv/spool/job.out", "touch a"], "echo /srv/spool/job.out > where") == [
        "touch a"
    ]


def test_a_look_that_work_lives_on_stays(tmp_path: Path) -> None:
    commands = ["cat where", "ls /usr/bin/env", "echo /usr/bin/env > a"]
    assert kept(tmp_path, commands, "echo /usr/bin/env > where") == [
        "cat where",
        "echo {{place}} > a",
    ]


def test_a_look_at_what_happened_to_be_there_is_none(tmp_path: Path) -> None:
    assert kept(tmp_path, ["echo x > a", "cat b", "ls d"], "touch b; mkdir d") == ["echo x > a"]


@pytest.mark.parametrize(
    ("command", "stays"), [("vim b", False), ("vim ../c", True), ("vim +delete b", True), ("less b", False)]
)
def test_an_editor_that_saved_nothing_was_a_look(tmp_path: Path, command: str, stays: bool) -> None:  # noqa: FBT001 - a table
    machine = Machine(tmp_path, "touch b")
    opened = machine.run("true", 1)
    opened = msgspec.structs.replace(opened, command=command, full_screen=True)
    trace = machine.trace((opened, machine.run("touch a", 2)))
    made = compile_traces([trace], name="work", blobs=machine.blobs)
    assert (command in [step.run for step in made.playbook.steps]) is stays


@pytest.mark.parametrize("full_screen", [True, False])
def test_what_a_pager_shows_on_the_whole_screen_is_no_check(tmp_path: Path, full_screen: bool) -> None:  # noqa: FBT001
    machine = Machine(tmp_path)
    made = machine.run("touch a", 1)
    paged = msgspec.structs.replace(machine.run("true", 2), command="less a", full_screen=full_screen)
    compilation = compile_traces([machine.trace((made, paged))], name="work", blobs=machine.blobs)
    assert [step.run for step in compilation.playbook.steps] == ["touch a", *([] if full_screen else ["less a"])]
