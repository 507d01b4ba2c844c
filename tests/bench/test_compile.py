"""How long compiling and loading take as recordings grow, beside the least that either could take."""

import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

import msgspec
import pytest
from yaml import CSafeLoader, parse

from capture.home import Home
from replay import document
from replay.compiler import compile_traces
from replay.library.shelf import Shelf
from replay.playbook import Compilation
from replay.syntax.tree import Source
from tests.bench.figures import Figure, report
from tests.bench.long_traces import Long, long_trace
from tests.replay.compiler.test_same_bytes import bytes_of_processes

STEPS = 10_000
GOAL_S = 1.0
GROWTH = 1.25
"""How much more a step may cost in a recording ten times as long."""
LOADED, LOAD_GOAL_MS = 5_000, 150
TIMES = 100

pytestmark = pytest.mark.bench


def took(what: Callable[[], object], runs: int = 3) -> float:
    """Seconds of this process' time, the median of several runs."""
    times = []
    for _ in range(runs):
        began = time.process_time()
        what()
        times.append(time.process_time() - began)
    return median(times)


def compiled(long: Long) -> Compilation:
    return compile_traces([long.trace], name="long", blobs=long.blobs)


def parsed(long: Long) -> None:
    for command in {step.command for step in long.trace.steps}:
        Source(command)


def told(what: str, long: Long, *, goal: str, ours: float, met: bool) -> None:
    parser = took(lambda: parsed(long))
    report(
        Figure(
            what=f"{what}, {long.distinct:.0%} of the commands distinct",
            goal=goal,
            ours=f"{ours:.1f} s, {ours / len(long.trace.steps) * 1000:.2f} ms a step",
            peers=f"parsing those alone {parser:.2f} s, x {ours / parser:.0f}",
            met=met,
        )
    )


@pytest.mark.parametrize("renamed_in", [0, 2, 1])
def test_compiling_by_the_share_of_distinct_commands(renamed_in: int) -> None:
    long = long_trace(STEPS, renamed_in=renamed_in)
    compiled(long_trace(100))
    ours = took(lambda: compiled(long))
    told(f"compile {STEPS} steps", long, goal=f"≤ {GOAL_S} s", ours=ours, met=ours <= GOAL_S)


def test_compiling_grows_with_the_steps() -> None:
    compiled(long_trace(100))
    short = took(lambda: compiled(long_trace(STEPS))) / STEPS
    long = long_trace(10 * STEPS)
    ours = took(lambda: compiled(long), runs=1)
    goal = f"≤ {GROWTH} x of {short * 1000:.2f} ms a step in a tenth"
    told(f"compile {10 * STEPS} steps", long, goal=goal, ours=ours, met=ours / (10 * STEPS) <= GROWTH * short)


def test_loading(tmp_path: Path) -> None:
    whole = compiled(long_trace(LOADED * 6 // 5)).playbook
    home = Home(tmp_path / "replaybook").prepare()
    shelf = Shelf(home)
    added, text = shelf.add(msgspec.structs.replace(whole, steps=whole.steps[:LOADED]))
    digest = document.digest(added)
    assert shelf.load("long", 1, digest=digest)[0] == added
    ours = took(lambda: shelf.load("long", 1, digest=digest), runs=5) * 1000
    again = took(lambda: document.load(text, where="long"), runs=5) * 1000
    events = took(lambda: sum(1 for _ in parse(text, Loader=CSafeLoader)), runs=5) * 1000
    report(
        Figure(
            what=f"load a playbook of {LOADED} steps ({len(text) // 1000} kB)",
            goal=f"≤ {LOAD_GOAL_MS} ms",
            ours=f"{ours:.0f} ms; {again:.0f} ms once it was edited",
            peers=f"libyaml's events alone {events:.0f} ms",
            met=ours <= LOAD_GOAL_MS,
        )
    )


def test_the_same_recording_gives_the_same_bytes() -> None:
    came = bytes_of_processes(TIMES)
    alike = came.count(came[0])
    report(
        Figure(
            what="the same bytes from the same recording, in processes with other hash seeds",
            goal=f"{TIMES} of {TIMES}",
            ours=f"{alike} of {TIMES}",
            peers=f"{len({*came})} different",
            met=alike == TIMES,
        )
    )
