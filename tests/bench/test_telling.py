"""What it costs an agent to be recorded: a tool step, beside one plain JSON line that is written and flushed."""

import json
import time
from pathlib import Path
from statistics import median

import pytest

import capture
from tests.bench.figures import Figure, report

STEPS, ROUNDS = 1000, 5
GOAL_MS = 0.2
GIVEN = {"path": "src/module/file.py", "old": "a = 1\nb = 2\n", "new": "a = 1\nb = 3\n", "count": 1}
ANSWER = {"changed": 1, "text": "The file src/module/file.py was changed in one place, in line 2."}

pytestmark = pytest.mark.bench


def plain(path: Path) -> float:
    """Milliseconds a step of the least that anybody does."""
    began = time.perf_counter()
    with path.open("a") as file:
        for number in range(STEPS):
            file.write(json.dumps({"tool": "edit", "input": GIVEN, "output": ANSWER, "at": number}) + "\n")
            file.flush()
    return (time.perf_counter() - began) / STEPS * 1000


def told(run: capture.Recording) -> float:
    """Milliseconds a step that is told whole."""
    began = time.perf_counter()
    for _ in range(STEPS):
        run.tool("files/edit", GIVEN, ANSWER)
    return (time.perf_counter() - began) / STEPS * 1000


def block(run: capture.Recording) -> float:
    """Milliseconds a step whose beginning and end are told."""
    began = time.perf_counter()
    for _ in range(STEPS):
        with run.tool("files/edit", GIVEN) as step:
            step.output = ANSWER
    return (time.perf_counter() - began) / STEPS * 1000


def test_a_step_costs_little_more_than_a_line(tmp_path: Path) -> None:
    took: dict[str, list[float]] = {"plain": [], "told": [], "block": []}
    with capture.record(home=tmp_path / "home", workspace=tmp_path, watch=False) as run:
        for number in range(ROUNDS):
            took["plain"].append(plain(tmp_path / f"{number}.jsonl"))
            took["told"].append(told(run))
            took["block"].append(block(run))
    line, whole, both = (median(times) for times in took.values())
    report(
        Figure(
            what="a step told by a program, over a plain line",
            goal=f"≤ {GOAL_MS} ms",
            ours=f"{both - line:.2f} ms",
            peers=f"told whole {whole - line:.2f} ms; a JSON line written and flushed {line:.3f} ms",
            met=both - line <= GOAL_MS,
        )
    )
