"""`check` over processes: the same answer as one after the other, and an honest one when workers die."""

import os
import signal
import socket
from collections.abc import Generator
from pathlib import Path

import msgspec
import pytest

from app.core import Core
from capture.home import Home
from capture.processes import children, snapshot
from replay.shadow import Level, strongest
from replay.spreading import remote
from replay.spreading.assignment import Assignment
from replay.spreading.frames import taken_out
from replay.spreading.values import Ended, Over
from tests.postgres import Server, postgres
from tests.program import Program
from tests.seat import replaybook, until

__all__ = ["postgres"]

BLOCKS = f"sleep 300.{os.getpid()}"


def library(program: Program, **commands: str) -> None:
    """A playbook a command, all active."""
    for name, command in commands.items():
        program.json("compile", program.record(command), "--name", name)
        program.json("promote", f"{name}@1", "--override", "a test")


def found(document: dict[str, object]) -> list[tuple[object, ...]]:
    told = document["playbooks"]
    assert isinstance(told, list)
    keys = ("playbook", "version", "workspace", "found", "reason", "step_index", "passed")
    return [tuple(one[key] for key in keys) for one in told]


def by_a_cluster(program: Program, monkeypatch: pytest.MonkeyPatch) -> dict[str, object]:
    """What is found when all goes the way of a cluster, but for the cluster."""

    def spread(assignment: Assignment, until: socket.socket | None) -> Generator[Ended]:
        assert until is None
        assert Path(assignment.folder).parent == program.home / "checks"
        for number, order in enumerate(assignment.orders):
            answer = remote.carry_out(assignment.folder, number, order, assignment.opened, assignment.given)
            yield next(taken_out(bytearray(answer)))

    monkeypatch.setattr("app.core.checking.spread_apart", spread)
    core = Core(Home(program.home))
    document = msgspec.json.decode(msgspec.json.encode(core.check(over=Over(cluster="tcp://elsewhere"))))
    remote.let_go()
    assert not list((program.home / "checks").iterdir())
    assert isinstance(document, dict)
    return document


def test_several_processes_find_what_one_finds(
    program: Program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (program.cwd / "names.txt").write_text("ada\n")
    library(program, copies="cp names.txt list.txt", sorts="sort names.txt")
    program.json("compile", program.record("pwd"), "--name", "draft")
    (program.cwd / "names.txt").unlink()
    reports = [tmp_path / "one.xml", tmp_path / "more.xml"]
    one = program.json("check", "--all", "--junit", str(reports[0]), code=3)
    more = program.json("check", "--all", "--jobs", "3", "--junit", str(reports[1]), code=3)
    assert found(one) == found(more)
    assert [(row[0], row[3]) for row in found(more)] == [
        ("copies", "not_ready"),
        ("draft", "skipped"),
        ("sorts", "not_ready"),
    ]
    first, second = (report.read_text().count("<testcase") for report in reports)
    assert (first, second) == (3, 3)
    assert found(by_a_cluster(program, monkeypatch)) == found(one)
    told = program("check", "--all", "--jobs", "0", "--quiet")
    assert (told.code, told.err, len(told.out.splitlines())) == (3, "", 5)
    assert program("check", "--all", "--jobs", "999").code == 2
    assert program("check", "--all", "--jobs", "2", "--cluster", "tcp://elsewhere:8786").code == 2


def test_workers_look_at_the_library_of_the_team(
    program: Program, postgres: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REPLAYBOOK_CATALOG", postgres.database())
    library(program, one="pwd", two="true")
    one, more = (program.json("check", "--all", "--jobs", jobs) for jobs in ("1", "2"))
    assert found(one) == found(more)
    other = Program(program.home.with_name("other"), program.cwd)
    there = other.json("check", "--all", "--jobs", "2", "--cwd", str(program.cwd))
    assert found(there) == found(one)


def blocking() -> int:
    """How many processes run the step that blocks."""
    return sum(_command(pid) == BLOCKS for pid in snapshot())


def _command(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().rstrip(b"\0").replace(b"\0", b" ").decode()
    except OSError:
        return ""


@pytest.mark.skipif(strongest() is Level.L0, reason="nothing can be isolated here")
def test_of_a_worker_that_was_killed_nothing_is_known_and_the_rest_goes_on(program: Program) -> None:
    quick = program.cwd / "quick"
    quick.touch()
    library(program, one=f"test -e quick || {BLOCKS}", two=f"test -e quick || {BLOCKS} # too")
    quick.unlink()
    with replaybook(program.home, "check", "--all", "--shadow", "--jobs", "2", cwd=program.cwd) as seat:
        seat.wait_for("… checking: 0 of 2; ctrl-c stops")
        until(lambda: blocking() == 2)
        os.kill(min(children(seat.process.pid)), signal.SIGKILL)
        seat.wait_for("worker lost: it was killed by SIGKILL")
        seat.wait_for("… checking: 1 of 2, 1 not passed")
        until(lambda: blocking() == 1)
        assert seat.over(pressing="\x03") == 130
    until(lambda: not blocking())
