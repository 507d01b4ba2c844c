"""A disk that fails or turns read-only while a session is recorded: the recording stops alone, and is readable."""

import errno
import os
import random
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from tests.program import Program
from tests.seat import end_all, replaybook

SOURCE = Path(__file__).with_name("failing_disk.c")
FAILURES = [errno.EIO, errno.EROFS]


@pytest.fixture(scope="session")
def shim(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What stands between a program and its disk."""
    compiler = shutil.which("cc")
    if compiler is None or sys.platform != "linux":
        pytest.skip("no C compiler makes a disk fail here")
    library = tmp_path_factory.mktemp("shim") / "failing_disk.so"
    subprocess.run([compiler, "-shared", "-fPIC", "-O1", "-o", library, SOURCE, "-ldl"], check=True)
    return library


@pytest.fixture
def program(tmp_path: Path) -> Iterator[Program]:
    work = tmp_path / "work"
    work.mkdir()
    (tmp_path / "disk").mkdir()
    yield Program(home=tmp_path / "disk" / "home", cwd=work)
    end_all(tmp_path / "disk" / "home")


@pytest.fixture
def failing(shim: Path, program: Program) -> Mapping[str, str]:
    """The environment of a program whose disk fails as soon as `broken_by` says so."""
    return {
        "LD_PRELOAD": str(shim),
        "BROKEN_FOLDER": str(program.home.parent),
        "BROKEN_BY": str(broken_by(program)),
    }


def broken_by(program: Program) -> Path:
    return program.home.parent.with_name("broken")


@pytest.mark.parametrize("number", FAILURES)
def test_the_recording_stops_and_the_shell_goes_on(program: Program, failing: Mapping[str, str], number: int) -> None:
    with replaybook(program.home, "record", "--name", "work", cwd=program.cwd, environment=failing) as seat:
        seat.run("kept=1")
        seat.run("echo two")
        # The shell says "done" before the host hears that the step has ended; at the next one it has.
        seat.run("true")
        broken_by(program).write_text(str(number))
        seat.run("seq 1 5000")
        assert f"stopped: {os.strerror(number)}".encode() in seat.seen
        assert b"check the disk under" in seat.seen
        assert b"make room" not in seat.seen
        seat.run("echo $kept still > proof")
        seat.type("exit\r")
        assert seat.over() == 1
        assert seat.restored
    assert (program.cwd / "proof").read_text() == "1 still\n"
    shown = program.json("show", "work")
    assert shown["run"]["status"] in {"partial", "recovered"}
    assert [step["status"] for step in shown["steps"]][:2] == ["success", "success"]
    assert program.json("audit", "--verify")["ok"]
    broken_by(program).unlink()
    program.record("echo after")


def test_a_command_that_can_not_write_says_so_in_one_line(
    program: Program, failing: Mapping[str, str], pytestconfig: pytest.Config
) -> None:
    # What is told differs by a word only; the seed of the run draws it.
    number = random.choice(FAILURES)  # noqa: S311
    run = program.record("echo one > file", "echo two")
    program.json("compile", run, "--name", "work")
    script = program.cwd.with_name("more.sh")
    script.write_text("echo three\n", encoding="utf-8")
    broken_by(program).write_text(str(number))
    commands = (
        ("record", "--script", str(script)),
        ("compile", run, "--name", "other"),
        ("disable", "work@1"),
        ("edit", run, "--cut", "1"),
        ("rm", run),
    )
    # Each costs a start of its own; the seed draws some, and with --bench all are held.
    drawn = commands if pytestconfig.getoption("--bench") else random.sample(commands, 3)
    for arguments in drawn:
        result = program(*arguments, "--json", environment=failing)
        assert (result.code, result.out) == (1, ""), (arguments, result)
        assert len(result.err.strip().splitlines()) == 1, result.err
        assert os.strerror(number) in result.err
    assert program("show", run, "--json", environment=failing).code == 0
    broken_by(program).unlink()
    assert [step["output"] for step in program.json("show", run)["steps"]] == ["", "two\n"]
    assert program.json("audit", "--verify")["ok"]
