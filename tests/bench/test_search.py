"""How long a text is searched for in all that was printed: with the index, without it, and by SQLite's own."""

import random
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

import msgspec
import pytest

from app.core import Core
from app.found import Found
from capture.events import Event, RunEnded, RunStarted, StepEnded
from capture.home import Home
from capture.tape.glance import glance
from capture.tape.searching import Needle, hits
from capture.tape.text_index import FILE
from capture.tape.writer import TRACE
from capture.trace import Run, RunStatus, Step, StepStatus
from tests.bench.figures import Figure, report
from tests.bench.large import BEGAN

STEPS, LINES, VOCABULARY, TIMES, READ = 3, 4, 3_000, 15, 500
GOAL_MS = 100.0

pytestmark = pytest.mark.bench
_encoder = msgspec.json.Encoder()


def name(number: int) -> str:
    """The run of that number."""
    return f"20261121-{number:06}-{number:05x}"


def outputs(number: int) -> list[str]:
    """What its steps printed: words as texts have them, the n-th most frequent n times as rare as the first."""
    of = random.Random(number)  # noqa: S311 - data, not a secret
    lines = (" ".join(f"word{int(VOCABULARY ** of.random())}" for _ in range(8)) for _ in range(STEPS * LINES))
    return ["".join(f"{next(lines)}\n" for _ in range(LINES)) + f"marker {number:x}-{at}\n" for at in range(STEPS)]


def record(home: Home, number: int) -> None:
    """Write one."""
    run = Run(
        run_id=name(number), name="n", status=RunStatus.IN_PROGRESS, started_at=BEGAN, shell="bash", cwd="/w",
        host="h", workspace="/w",
    )  # fmt: skip
    events: list[Event] = [RunStarted(run=run)]
    for index, output in enumerate(outputs(number), 1):
        step = Step(
            step_index=index, command=f"make part-{index}", cwd="/w", cwd_after="/w", status=StepStatus.SUCCESS,
            exit_code=0, started_at=BEGAN, duration_ms=1.0, output=output, output_bytes=len(output),
        )  # fmt: skip
        events.append(StepEnded(step=step))
    folder = home.runs / run.run_id
    folder.mkdir()
    (folder / TRACE).write_bytes(_encoder.encode_lines([*events, RunEnded(status=RunStatus.SUCCESS, at=BEGAN)]))


def took(what: Callable[[], object]) -> float:
    """Milliseconds of processor time."""
    began = time.process_time()
    what()
    return (time.process_time() - began) * 1000


def fts5(path: Path, runs: int, wanted: list[str]) -> tuple[float, float, float]:
    """Milliseconds of one search and of building, and the size in MB, of SQLite's index over the same texts."""
    index = sqlite3.connect(path)

    def build() -> None:
        index.execute("CREATE VIRTUAL TABLE texts USING fts5(text, tokenize='trigram')")
        rows = ((number, "\n".join(outputs(number))) for number in range(runs))
        index.executemany("INSERT INTO texts (rowid, text) VALUES (?, ?)", rows)
        index.commit()

    built = took(build) - took(lambda: [outputs(number) for number in range(runs)])
    find = "SELECT rowid FROM texts WHERE texts MATCH ?"
    searches = [took(lambda text=text: index.execute(find, (f'"{text}"',)).fetchall()) for text in wanted]  # type: ignore[misc]
    index.close()
    return median(searches), built, path.stat().st_size / 1e6


@pytest.mark.parametrize("runs", [1_000, 100_000])
def test_searching_all_recordings(tmp_path: Path, runs: int) -> None:
    home = Home(tmp_path / "home").prepare()
    for number in range(runs):
        record(home, number)
    core, of = Core(home, tell=lambda _: None), random.Random(runs)  # noqa: S311 - as above
    # The folder must not look as if it might still change.
    time.sleep(2.1)
    found: list[Found] = []
    built = took(lambda: found.append(core.search("nowhere in it")))
    assert found[-1].searched == runs
    chosen = [of.randrange(runs) for _ in range(TIMES)]
    wanted = [f"marker {number:x}-1" for number in chosen]
    hit = [took(lambda text=text: found.append(core.search(text))) for text in wanted]  # type: ignore[misc]
    for number, one in zip(chosen, found[-TIMES:], strict=True):
        assert [run.run_id for run in one.runs] == [name(number)]
    missed = [took(lambda text=text: core.search(f"{text} nowhere")) for text in wanted]  # type: ignore[misc]
    more = []
    for number in range(runs, runs + TIMES):
        record(home, number)
        more.append(took(lambda number=number: found.append(core.search(f"marker {number:x}-1"))))  # type: ignore[misc]
        assert [run.run_id for run in found[-1].runs] == [name(number)]
    core.close()
    size = (home.path / FILE).stat().st_size / 1e6
    read = took(lambda: [[*hits(glance(home, name(number)), Needle("nowhere in it"))] for number in range(READ)])
    peer, peer_built, peer_size = fts5(tmp_path / "fts5.db", runs, wanted)
    ours = f"{median(hit):.0f} ms; in none {median(missed):.0f} ms; with a new one {median(more):.0f} ms"
    report(
        Figure(
            what=f"a text found in all that {runs:,} recordings printed, processor time",
            goal=f"≤ {GOAL_MS:.0f} ms",
            ours=f"{ours}; the first search {built / 1000:.1f} s, its index {size:.0f} MB",
            peers=(
                f"reading them all {read / READ * runs / 1000:.1f} s; SQLite's FTS5 of the same texts {peer:.1f} ms, "
                f"built in {peer_built / 1000:.1f} s, {peer_size:.0f} MB"
            ),
            met=median(hit) <= GOAL_MS,
        )
    )
