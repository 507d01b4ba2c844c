"""Floods that a hostile program prints: a line without an end, and writes of one byte; whole and in bounded memory."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.hostile.terminal import foreign
from tests.program import COMMAND, Program

BOUND_MB = 400
MEASURING = """
import os, resource, subprocess, sys
done = subprocess.run(sys.argv[1:], stderr=subprocess.DEVNULL)
os.write(2, b"%d" % resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
sys.exit(done.returncode)
"""
"""Starts a command from a small process: what it held counts from before `exec` on, and the tests' own are large."""
LINE = "import sys\nfor _ in range(int(sys.argv[1])):\n    sys.stdout.write('0123456789abcdef' * 4096)\n"
WRITES = "import os, sys\nfor number in range(int(sys.argv[1])):\n    os.write(1, b'x' if number % 80 else b'\\n')\n"


def _peak_mb(program: Program, *arguments: str) -> tuple[bytes, float]:
    """What a command prints, and the most memory that it held."""
    done = subprocess.run(
        [sys.executable, "-ISc", MEASURING, COMMAND, "--home", program.home, *arguments],
        cwd=program.cwd,
        env={**os.environ, "NO_COLOR": "1"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=True,
    )
    return done.stdout, int(done.stderr) / 1024


def _check(program: Program, script: str, count: int) -> None:
    (program.cwd / "flood.py").write_text(script, encoding="utf-8")
    run = program.record(f"python3 flood.py {count}; (exit 5)", "echo after")
    steps = program.json("show", run)["steps"]
    assert [step["exit_code"] for step in steps] == [5, 0]
    assert steps[1]["output"] == "after\n"
    for arguments in (
        ("show", run),
        ("show", run, "--step", "1"),
        ("show", run, "--at", "step:1"),
        ("show", run, "--at", "0.05"),
        ("export", run, "--format", "text"),
    ):
        out, peak = _peak_mb(program, *arguments)
        assert foreign(out, None) == []
        assert peak < BOUND_MB, (arguments, peak)


@pytest.fixture
def program(tmp_path: Path) -> Program:
    workspace = tmp_path / "work"
    workspace.mkdir()
    return Program(home=tmp_path / "replaybook", cwd=workspace)


@pytest.mark.parametrize(("script", "count"), [(LINE, 8), (WRITES, 2_000)], ids=["a line", "tiny writes"])
def test_a_small_flood(program: Program, script: str, count: int) -> None:
    _check(program, script, count)


@pytest.mark.bench
@pytest.mark.parametrize(("script", "count"), [(LINE, 1_600), (WRITES, 2_000_000)], ids=["100 MB line", "2 M writes"])
def test_a_whole_flood(program: Program, script: str, count: int) -> None:
    _check(program, script, count)
