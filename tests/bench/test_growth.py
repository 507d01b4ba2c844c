"""What costs how much more once there is ten times the data: at most as much more as there is data.

`pytest tests/bench/test_growth.py --bench --readme -p no:randomly` draws `screenshots/growth.svg` anew.
"""

import random
import resource
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from statistics import median

import msgspec
import pytest

from app.core import Core
from capture.home import Home
from capture.importers.agents import import_agent_record
from capture.tape.reader import load_trace
from replay import document
from replay.compiler import compile_traces
from replay.finding import words
from replay.finding.index import FILE, Index
from replay.finding.values import Standing, Text
from replay.library.catalog import TinyCatalog
from replay.library.rows import RunRow
from replay.library.shelf import Shelf
from replay.playbook import VersionStatus
from tests.bench import transcripts
from tests.bench.figures import ROOT, Figure, report
from tests.bench.growth import TIMES, Growth, drawn
from tests.bench.large import LONG, library
from tests.bench.long_traces import long_trace
from tests.bench.test_catalog import row
from tests.bench.test_finding import _sentence

PICTURE = ROOT / "screenshots" / "growth.svg"
LIMIT = 1.1
"""An exponent up to here is linear: two measurements of one thing differ by as much."""
RUNS, STEPS, LOADED, PLAYBOOKS, RECORDINGS, MEGABYTES, PRINTED_MB = 10_000, 1_000, 500, 1_000, 100, 2, 2
OFTEN = 200

pytestmark = pytest.mark.bench
Timed = Iterator[tuple[str, str, int, float]]
"""What was measured, of how many of what, and the seconds of processor time that it took."""


def took(what: Callable[[], object], runs: int = 5) -> float:
    """Seconds of processor time, the least of several runs: what others do on the machine only adds to it."""
    times = []
    for _ in range(runs):
        began = _spent()
        what()
        times.append(_spent() - began)
    return min(times)


def _spent() -> float:
    """Of this process and of those that it started and that have ended."""
    others = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + others.ru_utime + others.ru_stime


def catalog(folder: Path, times: int) -> Timed:
    count, path = RUNS * times, folder / "catalog.json"
    TinyCatalog(path).put(*map(row, range(count)))
    yield "catalog: opened, every row checked", "runs", RUNS, took(lambda: TinyCatalog(path).check())
    opened = TinyCatalog(path)
    opened.check()
    inserts = [took(partial(opened.put, row(count + number)), runs=1) for number in range(OFTEN)]
    yield "catalog: a run inserted", "runs", RUNS, median(inserts)
    found = [took(partial(opened.get, RunRow, row(number * 97 % count).id), runs=1) for number in range(OFTEN)]
    yield "catalog: a run found by its id", "runs", RUNS, median(found)


def compiling(folder: Path, times: int) -> Timed:
    long = long_trace(STEPS * times)
    compiled = partial(compile_traces, [long.trace], name="long", blobs=long.blobs)
    compiled()
    yield "a recording compiled", "steps", STEPS, took(compiled)
    whole = compile_traces([(more := long_trace(LOADED * times * 6 // 5)).trace], name="long", blobs=more.blobs)
    shelf = Shelf(Home(folder / "shelf").prepare())
    added, text = shelf.add(msgspec.structs.replace(whole.playbook, steps=whole.playbook.steps[: LOADED * times]))
    digest = document.digest(added)
    yield "a playbook loaded", "steps", LOADED, took(lambda: shelf.load("long", 1, digest=digest))
    yield "a playbook loaded that was edited", "steps", LOADED, took(lambda: document.load(text, where="long"))


def finding(folder: Path, times: int) -> Timed:
    of = random.Random(8)  # noqa: S311 - data, not a secret
    active = VersionStatus.ACTIVE
    there = [
        Standing(name=f"p-{number}", version=1, digest=str(number), status=active, goal=_sentence(of, 8))
        for number in range(PLAYBOOKS * times)
    ]
    index = Index(folder / FILE)
    index.update("1", there, lambda _: Text(steps=_sentence(of, 60), parameters=_sentence(of, 4)))
    tasks = [words.wanted(of.choice(there).goal) for _ in range(40)]
    found = [took(partial(index.find, task, most=50)) for task in tasks]
    index.close()
    yield "a playbook found by its task", "playbooks", PLAYBOOKS, median(found)


def recordings(folder: Path, times: int) -> Timed:
    home = Home(folder / "home").prepare()
    size = PRINTED_MB * times << 20
    library(home, runs=RECORDINGS * times, steps=100 * times, size=size, playbook_steps=100)
    core = Core(home, tell=lambda _: None)
    yield (
        "a text searched in all that was printed",
        "recordings",
        RECORDINGS,
        took(lambda: core.search("nowhere in it")),
    )
    yield "a recording read", "MB", PRINTED_MB, took(lambda: load_trace(home, LONG))
    core.close()


def importing(folder: Path, times: int) -> Timed:
    home, session = Home(folder / "home").prepare(), folder / "long.jsonl"
    transcripts.write(session, transcripts.codex, MEGABYTES * times << 20)
    now = datetime.now(UTC)
    seconds = took(lambda: import_agent_record(home, "codex", str(session), run_id="long", now=now), runs=1)
    yield "an agent's record imported", "MB", MEGABYTES, seconds


KINDS = (catalog, compiling, finding, recordings, importing)


def test_nothing_grows_faster_than_its_data(tmp_path: Path, pytestconfig: pytest.Config) -> None:
    measured = []
    for kind in KINDS:
        rounds = []
        for times in (1, TIMES):
            folder = tmp_path / f"{kind.__name__}-{times}"
            folder.mkdir()
            rounds.append([*kind(folder, times)])
        measured += [
            Growth(what, unit, before, seconds, then)
            for (what, unit, before, seconds), (_, _, _, then) in zip(*rounds, strict=True)
        ]
    steepest = max(measured, key=lambda one: one.exponent)
    report(
        Figure(
            what=f"growth with {TIMES} times the data, the steepest of {len(measured)}",
            goal=f"at most linear: an exponent ≤ 1, measured ≤ {LIMIT}",
            ours=f"{steepest.exponent:.2f}: {steepest.what}",
            peers="each of them in `screenshots/growth.svg`",
            met=steepest.exponent <= LIMIT,
        )
    )
    if pytestconfig.getoption("--readme"):
        PICTURE.write_text(drawn(measured), encoding="utf-8")
