"""A disk that is full: what was recorded is readable, what can't be done is one line, and nothing is damaged."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.program import Program, Result
from tests.seat import end_all, replaybook


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Program]:
    """The command over a home of 2 MB."""
    disk, work = tmp_path / "disk", tmp_path / "work"
    disk.mkdir()
    work.mkdir()
    mounted = (
        os.geteuid() == 0
        and not subprocess.run(
            ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", disk], check=False, capture_output=True
        ).returncode
    )
    if not mounted:
        pytest.skip("only root can mount a small disk")
    yield Program(home=disk / "home", cwd=work)
    end_all(disk / "home")
    subprocess.run(["umount", "-l", disk], check=True)


def fill(program: Program) -> Path:
    """Take all the room that is left."""
    filler = program.home.with_name("filler")
    with filler.open("ab", buffering=0) as file:
        for size in (65536, 4096, 1):
            try:
                while True:
                    file.write(b"\0" * size)
            except OSError:
                continue
    return filler


def one_line(result: Result) -> None:
    assert result.code == 1, result
    assert result.out == ""
    assert len(result.err.strip().splitlines()) == 1, result.err
    assert "No space left on device" in result.err


def test_a_full_disk_is_one_line_for_every_command_that_writes_and_nothing_for_those_that_read(small: Program) -> None:
    run = small.record("echo one > file", "echo two")
    small.json("compile", run, "--name", "work")
    playbook = small.json("playbook", "work")
    filler = fill(small)
    script = small.cwd.with_name("more.sh")
    script.write_text("echo three\n", encoding="utf-8")
    for arguments in (
        ("record", "--script", str(script)),
        ("compile", run, "--name", "other"),
        ("disable", "work@1"),
        ("promote", "work@1", "--override", "there is no room to validate it"),
    ):
        one_line(small(*arguments, "--json"))
    assert [step["output"] for step in small.json("show", run)["steps"]] == ["", "two\n"]
    assert small("runs", "--json").code == 0
    assert small.json("playbook", "work") == playbook
    assert small.json("audit", "--verify")["ok"]
    filler.unlink()
    assert small.json("audit", "--verify")["ok"]
    small.json("compile", small.record("echo again"), "--name", "again")
    small.json("disable", "work@1")
    assert small("doctor", "--json").code == 0


def test_a_disk_that_fills_while_a_person_works_stops_the_recording_alone(small: Program) -> None:
    with replaybook(small.home, "record", "--name", "work", cwd=small.cwd) as seat:
        seat.run("kept=1")
        seat.run("echo two")
        # The shell says "done" before the host hears that the step has ended; at the next one it has.
        seat.run("true")
        filler = fill(small)
        seat.run("seq 1 50000")
        assert b"stopped: No space left on device" in seat.seen
        seat.run("echo $kept still > proof")
        filler.unlink()
        seat.type("exit\r")
        assert seat.over() == 1
        assert seat.restored
    assert (small.cwd / "proof").read_text() == "1 still\n"
    shown = small.json("show", "work")
    assert shown["run"]["status"] == "partial"
    assert [step["status"] for step in shown["steps"]][:2] == ["success", "success"]
    assert shown["steps"][-1]["status"] == "partial"
    assert small.json("audit", "--verify")["ok"]
    small.record("echo after")


def test_a_disk_that_is_full_at_the_very_end_leaves_every_step(small: Program) -> None:
    with replaybook(small.home, "record", "--name", "work", cwd=small.cwd) as seat:
        seat.run("echo one")
        seat.run("true")
        fill(small)
        seat.type("exit\r")
        seat.over()
        assert seat.restored
    shown = small.json("show", "work")
    assert shown["steps"][0]["status"] == "success"
    assert shown["run"]["status"] in {"partial", "recovered", "success"}
