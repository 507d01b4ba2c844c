"""What a person waits for who has much: opening a very long recording, and every key while there is so much."""

import os
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from statistics import median, quantiles

import pytest

from capture.home import Home
from tests.bench.figures import Figure, report
from tests.bench.large import LONG, library, marker, written_bytes
from tests.bench.terminals import ShownTerminal, resident_bytes
from tests.program import COMMAND

RUNS, STEPS, SIZE = 1_000, 5_000, 100_000_000
KEYS = 200
GOAL_OPEN_MS, GOAL_MEMORY, GOAL_MEDIAN_MS, GOAL_WORST_MS = 300.0, 200 << 20, 30.0, 80.0
DOWN, PAGES = "\x1b[B", ("\x1b[6~",) * 20 + ("\x1b[5~",) * 20

pytestmark = pytest.mark.bench


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("large")
    library(Home(folder / "home").prepare(), runs=RUNS, steps=STEPS, size=SIZE, playbook_steps=STEPS)
    return folder


@pytest.fixture
def screen(place: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ShownTerminal]:
    monkeypatch.chdir(place)
    environment = {**os.environ, "TERM": "xterm-256color", "COLORTERM": "truecolor"}
    with ShownTerminal([COMMAND, "--home", place / "home"], environment, (120, 36)) as terminal:
        terminal.until_shows("run-9")
        terminal.silence(1.0)
        yield terminal


def test_opening_100_mb(screen: ShownTerminal, place: Path) -> None:
    before, _ = resident_bytes(screen.pid)
    size, path = written_bytes(place / "home"), place / "home" / "runs" / LONG / "trace.ndjson"
    began = time.perf_counter()
    read = len(path.read_bytes())
    peer = (time.perf_counter() - began) * 1000
    assert read == size >= SIZE
    to_recordings(screen)
    took = screen_shows(screen, "\r", marker(1))
    screen.silence(1.0)
    now, most = resident_bytes(screen.pid)
    report(
        Figure(
            what="opening a trace of 100 MB, key to output",
            goal=f"≤ {GOAL_OPEN_MS:.0f} ms",
            ours=f"{took:.0f} ms",
            peers=f"reading its {size / 1e6:.0f} MB into memory {peer:.0f} ms; {STEPS:,} steps, {RUNS:,} recordings",
            met=took <= GOAL_OPEN_MS,
        )
    )
    report(
        Figure(
            what="memory with a trace of 100 MB open",
            goal=f"≤ {GOAL_MEMORY >> 20} MB",
            ours=f"{now / 2**20:.0f} MB",
            peers=f"before it was opened {before / 2**20:.0f} MB, at most {most / 2**20:.0f} MB",
            met=most <= GOAL_MEMORY,
        )
    )


def test_key_to_screen_on_home(screen: ShownTerminal) -> None:
    to_recordings(screen)
    _tell("Home", screen, PAGES, lambda _: None)


def test_key_to_screen_on_a_trace(screen: ShownTerminal) -> None:
    to_recordings(screen)
    screen_shows(screen, "\r", marker(1))
    _tell("Trace", screen, [DOWN], lambda number: marker(number + 2))


def test_key_to_screen_on_a_playbook(screen: ShownTerminal) -> None:
    to_playbook(screen)
    _tell("Playbook", screen, [DOWN], lambda _: None)


def test_key_to_screen_on_a_replay(screen: ShownTerminal) -> None:
    to_replay(screen)
    _tell("Replay", screen, [DOWN], lambda _: None)


def to_recordings(screen: ShownTerminal) -> None:
    screen.type("\t")
    screen.silence(0.5)


def to_playbook(screen: ShownTerminal) -> None:
    screen_shows(screen, "\r", "target-1.txt")
    screen.silence(1.0)


def to_replay(screen: ShownTerminal) -> None:
    to_playbook(screen)
    screen_shows(screen, "t", "In which workspace?")
    screen_shows(screen, "\r", "Recorded")
    screen.silence(2.0)


def screen_shows(screen: ShownTerminal, key: str, wanted: str) -> float:
    """Milliseconds from a key until something is shown."""
    began = screen.type(key)
    return (screen.until_shows(wanted) - began) * 1000


def _tell(where: str, screen: ShownTerminal, keys: Sequence[str], wanted: Callable[[int], str | None]) -> None:
    took = pressed(screen, keys, wanted, KEYS)
    worst = quantiles(took, n=100)[98]
    report(
        Figure(
            what=f"key to screen, {where}",
            goal=f"≤ {GOAL_MEDIAN_MS:.0f} ms median, ≤ {GOAL_WORST_MS:.0f} ms p99",
            ours=f"{median(took):.0f} ms median, {worst:.0f} ms p99",
            peers=f"{STEPS:,} steps, {RUNS:,} recordings; {KEYS} keys, at most {max(took):.0f} ms",
            met=median(took) <= GOAL_MEDIAN_MS and worst <= GOAL_WORST_MS,
        )
    )


def pressed(screen: ShownTerminal, keys: Sequence[str], wanted: Callable[[int], str | None], times: int) -> list[float]:
    """Milliseconds of a key that is pressed many times; each must show another text, or the one that is wanted."""
    took: list[float] = []
    for number in range(times):
        before, text = screen.text(), wanted(number)
        began = screen.type(keys[number % len(keys)])
        give_up = began + 20
        while screen.text() == before or (text is not None and text not in screen.text()):
            assert time.perf_counter() < give_up, f"key {number} showed nothing:\n{before}"
            screen.drain_once()
        took.append((time.perf_counter() - began) * 1000)
        screen.silence(0.03)
    return took
