"""How long a jump to any moment of a 100 MB recording takes, beside reading it from the start."""

import random
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median, quantiles

import pytest

from app.ghostty import ENGINE, Ghostty
from app.playback import Playback
from capture.tape.seeking import Recording
from capture.tape.writer import TapeWriter
from tests.bench.figures import Figure, report

SIZE = 100_000_000
SEEKS, FROM_START = 400, 15
GOAL_MS = 50.0
READ = 4096

pytestmark = pytest.mark.bench


def _mixed(chance: random.Random) -> Iterator[bytes]:
    """What terminals are flooded with: counting, coloured listings, full-screen programs; for ever."""
    while True:
        kind = chance.randrange(3)
        if kind == 0:
            yield b"".join(b"%d\r\n" % number for number in range(9000))
        elif kind == 1:
            line = b"-rw-r--r-- 1 ada ada %7d Mar  1 09:30 \x1b[01;34mfolder%d\x1b[0m \x1b[32mprogram%d\x1b[0m\r\n"
            yield b"".join(line % (number, number, number) for number in range(900))
        else:
            rows = [
                b"\x1b[%d;1H\x1b[38;5;%dm%s" % (row, chance.randrange(256), b"%c" % (97 + row) * 80)
                for row in range(1, 25)
            ]
            yield b"\x1b[?1049h" + b"".join(rows) * 20 + b"\x1b[?1049l"


def generate(folder: Path, size: int = SIZE) -> None:
    """Write a recording of so many bytes."""
    chance = random.Random(1)  # noqa: S311 - no secret
    writer, at_us = TapeWriter(folder), 0
    writer.resize(80, 24, 0)
    for data in _mixed(chance):
        for start in range(0, len(data), READ):
            at_us += 1000
            writer.write(data[start : start + READ], at_us)
        if chance.random() < 0.02:
            writer.resize(chance.randrange(40, 160), chance.randrange(10, 50), at_us)
        if writer.offset >= size:
            break
    writer.close()


def _took(jump: Callable[[int], object], moments: list[int]) -> list[float]:
    """Milliseconds of each jump."""
    took = []
    for at_us in moments:
        began = time.perf_counter()
        jump(at_us)
        took.append((time.perf_counter() - began) * 1000)
    return took


def test_seek_in_100_mb(tmp_path: Path) -> None:
    folder, chance = tmp_path / "run", random.Random(2)  # noqa: S311 - no secret
    generate(folder)

    def opened() -> Playback:
        return Playback(Recording(folder), lambda: Ghostty(scrollback=64 << 10), engine=ENGINE)

    def from_start(at_us: int) -> None:
        playback = opened()
        playback._keyframes, kept = None, playback._keyframes
        playback.show(playback.recording.at(at_us))
        playback._keyframes = kept
        playback.close()

    began = time.perf_counter()
    first = opened()
    first.prepare()
    made = time.perf_counter() - began
    first.close()
    playback = opened()
    assert playback.prepared
    assert playback.keyframes is not None
    moments = [chance.randrange(playback.recording.duration_us) for _ in range(SEEKS)]
    ours = _took(lambda at_us: playback.show(playback.recording.at(at_us)), moments)
    peer = _took(from_start, moments[:FROM_START])
    assert playback.keyframes.damaged == 0
    worst = quantiles(ours, n=100)[98]
    report(
        Figure(
            what="seek in 100 MB",
            goal=f"≤ {GOAL_MS:.0f} ms p99",
            ours=f"{median(ours):.1f} ms median, {worst:.1f} ms p99",
            peers=f"from the start {median(peer):.0f} ms median, {max(peer):.0f} ms at most; "
            f"{len(playback.keyframes)} keyframes, {playback.keyframes.size / 1e6:.1f} MB, made once in {made:.1f} s",
            met=worst <= GOAL_MS,
        )
    )
    playback.close()
