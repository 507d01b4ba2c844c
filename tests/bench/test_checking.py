"""How much a check of a whole library makes of all cores, and what it tells of a worker of a cluster that is killed."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from app.core import Core
from capture.home import Home
from capture.processes import descendants, snapshot
from replay.spreading.processes import cores
from tests.app.test_checking import BLOCKS, blocking, library
from tests.bench import large
from tests.bench.figures import Figure, report
from tests.program import Program
from tests.seat import replaybook, until

PLAYBOOKS, STEPS, ROUNDS, GOAL = 500, 8, 5, 0.9
OURS = """\
import sys, time
from pathlib import Path
from app.core import Core
from capture.home import Home
from replay.spreading.values import Over

core = Core(Home(Path(sys.argv[1])))
began = time.perf_counter()
found = core.check(over=Over(jobs=int(sys.argv[2]), cluster=sys.argv[3]))
assert (found.checked, found.passed) == (int(sys.argv[4]), True), found
print(time.perf_counter() - began)
"""
BARE = """\
import multiprocessing, sys, time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
import msgspec
from app.core import Core
from app.core.checking import Order
from capture.home import Home
from replay.history.drift import Checked
from replay.protocols import Headless

def begin(home):
    global core
    core = Core(Home(Path(home)))

def check(name):
    return core.checked(Order(name=name, shadow=False, cwd=None, allow_unknown=False), Headless())

names = Core(Home(Path(sys.argv[1])))._shelf.names()
began = time.perf_counter()
context = multiprocessing.get_context("fork")
with ProcessPoolExecutor(int(sys.argv[2]), context, begin, (sys.argv[1],)) as pool:
    found = list(pool.map(check, names))
assert len(found) == int(sys.argv[4]) and all(one.passed for one in found)
print(time.perf_counter() - began)
"""

pytestmark = pytest.mark.bench


def grown(home: Home, playbooks: int = PLAYBOOKS) -> None:
    """So many playbooks, all active."""
    large._write(home, large.MANY, "many", STEPS, 40)
    core = Core(home, tell=lambda _: None)
    core.compile([large.MANY], name="p0")
    first = core.version("p0@1").playbook
    for number in range(playbooks):
        if number:
            core._register.add(msgspec.structs.replace(first, name=f"p{number}"))
        core.promote(f"p{number}@1", override="a benchmark")
    core.close()


def seconds(script: str, home: Home, cluster: str = "") -> float:
    words = [sys.executable, "-c", script, str(home.path), str(cores()), cluster, str(PLAYBOOKS)]
    return float(subprocess.run(words, capture_output=True, text=True, check=True).stdout)


def test_a_library_over_all_cores(tmp_path: Path) -> None:
    home = Home(tmp_path / "home").prepare()
    grown(home)
    times = [(seconds(OURS, home), seconds(BARE, home)) for _ in range(ROUNDS)]
    ours, bare = (min(one) for one in zip(*times, strict=True))
    cluster = seconds(OURS, home, "local")
    report(
        Figure(
            what=f"check {PLAYBOOKS} playbooks of {STEPS} steps on {cores()} cores",
            goal=f"≥ {GOAL} of a bare process pool",
            ours=f"{bare / ours:.2f} ({ours:.2f} s, each claimed)",
            peers=f"the pool {bare:.2f} s; a cluster of this machine, its start included, {cluster:.1f} s",
            met=bare / ours >= GOAL,
        )
    )


def test_a_worker_of_a_cluster_that_is_killed(tmp_path: Path) -> None:
    program = Program(tmp_path / "home", tmp_path / "work")
    program.cwd.mkdir()
    quick = program.cwd / "quick"
    quick.touch()
    library(program, one=f"test -e quick || {BLOCKS}", two=f"test -e quick || {BLOCKS} # too")
    quick.unlink()
    arguments = ("check", "--all", "--shadow", "--cluster", "local", "--jobs", "2")
    with replaybook(program.home, *arguments, cwd=program.cwd) as seat:
        until(lambda: blocking() == 2)
        below = sorted(descendants(seat.process.pid, snapshot()))
        os.kill(next(filter(_is_worker, below)), signal.SIGKILL)
        seat.wait_for("worker lost: it was begun on ")
        until(lambda: blocking() == 1)
        assert seat.over(pressing="\x03") == 130
    until(lambda: not blocking())


def _is_worker(pid: int) -> bool:
    return b"spawn_main" in Path(f"/proc/{pid}/cmdline").read_bytes()


def test_the_answer_is_one_document(tmp_path: Path) -> None:
    program = Program(tmp_path / "home", tmp_path / "work")
    program.cwd.mkdir()
    library(program, one="true")
    found = program("check", "--all", "--cluster", "local", "--json")
    assert json.loads(found.out)["passed"]
