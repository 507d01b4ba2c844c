"""How long things take, each beside a peer in the same run; `pytest tests/bench --bench -s` prints a table and JSON."""

import json
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

import pytest

from tests.program import Program

RUNS = 5
STEPS = 50
LINES = 300_000

pytestmark = pytest.mark.bench


@pytest.fixture
def program(tmp_path: Path) -> Program:
    workspace = tmp_path / "work"
    workspace.mkdir()
    return Program(home=tmp_path / "replaybook", cwd=workspace)


def compare(name: str, ours: Callable[[], object], peer: Callable[[], object]) -> None:
    """Run both in turn and print the medians and their ratio; times are milliseconds."""
    took: dict[str, list[float]] = {"ours": [], "peer": []}
    for _ in range(RUNS):
        for side, action in (("ours", ours), ("peer", peer)):
            began = time.perf_counter()
            action()
            took[side].append((time.perf_counter() - began) * 1000)
    row = {"name": name, **{side: round(median(times), 1) for side, times in took.items()}}
    row["ratio"] = round(median(a / b for a, b in zip(took["ours"], took["peer"], strict=True)), 2)
    sys.stdout.write(f"\n{name:<48} {row['ours']:>9} ms {row['peer']:>9} ms  x {row['ratio']}\n{json.dumps(row)}\n")


def test_start(program: Program) -> None:
    compare(
        "replaybook --version, beside python -c pass",
        lambda: program("--version"),
        lambda: subprocess.run([sys.executable, "-c", "pass"], check=True),
    )


@pytest.mark.skipif(shutil.which("script") is None, reason="needs script from util-linux")
def test_recording_a_flood(program: Program) -> None:
    flood = program.home.with_name("flood.sh")
    flood.write_text(f"seq 1 {LINES}\n", encoding="utf-8")
    compare(
        f"record seq 1 {LINES}, beside script",
        lambda: program.json("record", "--script", str(flood)),
        lambda: subprocess.run(
            ["script", "-qefc", f"seq 1 {LINES}", str(flood.with_suffix(".log"))],
            check=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
        ),
    )


def test_replaying_trivial_steps(program: Program) -> None:
    commands = [f"echo {number} > f{number}" for number in range(STEPS)]
    program.json("compile", program.record(*commands), "--name", "trivial")
    script = program.home.with_name("trivial.sh")
    script.write_text("\n".join(commands), encoding="utf-8")
    compare(
        f"strict replay of {STEPS} steps, beside one bash script",
        lambda: program.json("replay", "trivial", "--mode", "strict", "--draft"),
        lambda: subprocess.run(["bash", script], cwd=program.cwd, check=True),
    )
