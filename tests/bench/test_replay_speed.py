"""What replaying costs over the shell that does the same, and how long the same small work takes again and again."""

import shutil
import statistics
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from app.core import Core
from capture.home import Home
from capture.standby import standing_by
from replay.outcome import Mode, Replay, ReplayStatus
from tests.bench.figures import Figure, report
from tests.program import Program

TRIVIAL, TRIVIAL_GOAL_MS = 200, 3.0
ROUNDS = 5
TIMES, SIX_GOAL_MS = 1_000, 40.0
SIX_STEPS = """mkdir -p out
echo one > out/a.txt
echo two > out/b.txt
echo three > out/c.txt
sha256sum out/a.txt out/b.txt out/c.txt > out/sums
tar cf out.tar out
"""

pytestmark = pytest.mark.bench


def recorded(folder: Path, script: str) -> tuple[Core, Path]:
    """A core over a home that holds the script as a playbook `work`, and the workspace where it was recorded."""
    workspace = folder / "work"
    workspace.mkdir()
    path = folder / "script.sh"
    path.write_text(script)
    program = Program(folder / "home", folder)
    run = program.json("record", "--script", str(path), "--cwd", str(workspace), "--name", "work")["run_id"]
    program.json("compile", run, "--name", "work")
    return Core(Home(folder / "home").prepare()), workspace


def took(what: Callable[[], object]) -> float:
    """Milliseconds."""
    began = time.perf_counter()
    what()
    return (time.perf_counter() - began) * 1000


def replayed(core: Core, workspace: Path) -> Replay:
    return core.replay("work", mode=Mode.STRICT, cwd=str(workspace), draft=True)


def test_trivial_steps_beside_the_same_script(tmp_path: Path) -> None:
    script = "".join(f"echo step {number}\n" for number in range(TRIVIAL))
    core, workspace = recorded(tmp_path, script)
    ours, shell = [], []
    with standing_by():
        replayed(core, workspace)
        for _ in range(ROUNDS):
            shell.append(
                took(lambda: subprocess.run(["bash", tmp_path / "script.sh"], capture_output=True, check=True))
            )
            began = time.perf_counter()
            replay = replayed(core, workspace)
            ours.append((time.perf_counter() - began) * 1000)
            assert replay.status is ReplayStatus.SUCCESS
    step = (statistics.median(ours) - statistics.median(shell)) / TRIVIAL
    report(
        Figure(
            what=f"strict replay of {TRIVIAL} trivial steps, over the shell",
            goal=f"≤ {TRIVIAL_GOAL_MS:.0f} ms a step",
            ours=f"{step:.1f} ms a step, {statistics.median(ours):.0f} ms in all",
            peers="; ".join((f"bash script {statistics.median(shell):.0f} ms", *_testers(tmp_path))),
            met=step <= TRIVIAL_GOAL_MS,
        )
    )


def test_six_steps_again_and_again(tmp_path: Path) -> None:
    core, workspace = recorded(tmp_path, SIX_STEPS)
    times, good = [], 0
    with standing_by():
        for number in range(TIMES + 1):
            shutil.rmtree(workspace)
            workspace.mkdir()
            began = time.perf_counter()
            replay = replayed(core, workspace)
            if number:
                times.append((time.perf_counter() - began) * 1000)
                good += replay.status is ReplayStatus.SUCCESS
            else:
                first = (time.perf_counter() - began) * 1000
    warm = statistics.median(times)
    report(
        Figure(
            what=f"six steps (a folder, three files, hashes, an archive) {TIMES} times",
            goal=f"≤ {SIX_GOAL_MS:.0f} ms warm, 100 % success",
            ours=f"{warm:.0f} ms warm ({first:.0f} first), {good / TIMES:.1%} success",
            peers="Aionis, as published: 137 ms warm (260 first), 98 %",
            met=warm <= SIX_GOAL_MS and good == TIMES,
        )
    )


def _testers(folder: Path) -> list[str]:
    """What programs take that run the same commands and hold their output; they are used where they are installed."""
    numbers = range(TRIVIAL)
    cram, scrut = folder / "steps.t", folder / "steps.md"
    cram.write_text("".join(f"  $ echo step {number}\n  step {number}\n" for number in numbers))
    blocks = (f"# {number}\n\n```scrut\n$ echo step {number}\nstep {number}\n```\n" for number in numbers)
    scrut.write_text("\n".join(blocks))
    told = []
    for command in (("cram", str(cram)), ("scrut", "test", str(scrut))):
        if shutil.which(command[0]) is None:
            told.append(f"{command[0]} is not installed here")
            continue
        times = [took(lambda: subprocess.run(command, capture_output=True, check=True)) for _ in range(ROUNDS)]  # noqa: B023 - run at once
        told.append(f"{command[0]} {statistics.median(times):.0f} ms")
    return told
