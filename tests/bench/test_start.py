"""How long it takes until something is there, and what it costs while nothing happens."""

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median

import pytest

from tests.bench.figures import Figure, report
from tests.program import COMMAND
from tests.seat import Seat

RUNS = 7
PAINT_GOAL_MS, VERSION_GOAL_MS, IDLE_GOAL = 150.0, 80.0, 0.005
SETTLED_S, IDLE_S = 5.0, 30.0
FIRST = "Recordings"
"""What the first picture holds."""
IMPORT = "from textual.app import App\nfrom textual.widgets import OptionList, Static\n"
PEER = """
class Bare(App):
    def compose(self):
        yield Static("Recordings")
        yield OptionList("one", "two")
Bare().run()
"""
"""After `IMPORT`."""

pytestmark = pytest.mark.bench


def painted(argv: Sequence[str | Path], cwd: Path) -> float:
    """Milliseconds from the start of a program to its first picture on a terminal of 120 by 36."""
    began = time.perf_counter()
    with Seat(argv, cwd=cwd, size=(120, 36)) as seat:
        seat.wait_for(FIRST)
        return (time.perf_counter() - began) * 1000


def ran(*argv: str | Path) -> float:
    """Milliseconds that a command takes."""
    began = time.perf_counter()
    subprocess.run(argv, check=True, stdout=subprocess.DEVNULL)
    return (time.perf_counter() - began) * 1000


def test_the_first_picture(tmp_path: Path) -> None:
    """Everything counts but Textual's own import: the interpreter's start with it is taken off."""
    (tmp_path / "work").mkdir()
    work, home = tmp_path / "work", tmp_path / "home"
    imported = [sys.executable, "-c", f"{IMPORT}print({FIRST!r}, flush=True)"]
    took: dict[str, list[float]] = {"textual": [], "ours": [], "peer": []}
    for _ in range(RUNS):
        took["textual"].append(painted(imported, work))
        took["ours"].append(painted([COMMAND, "--home", home], work))
        took["peer"].append(painted([sys.executable, "-c", IMPORT + PEER], work))
    ours, peer = (median(took[side]) - median(took["textual"]) for side in ("ours", "peer"))
    report(
        Figure(
            what="first picture, after Textual's own import",
            goal=f"≤ {PAINT_GOAL_MS:.0f} ms",
            ours=f"{ours:.0f} ms",
            peers=f"a bare Textual app {peer:.0f} ms",
            met=ours <= PAINT_GOAL_MS,
        )
    )


def test_the_version() -> None:
    ours, bare = [], []
    for _ in range(RUNS):
        bare.append(ran(sys.executable, "-c", "pass"))
        ours.append(ran(COMMAND, "--version"))
    more = median(one - other for one, other in zip(ours, bare, strict=True))
    report(
        Figure(
            what="replaybook --version, over bare Python",
            goal=f"≤ {VERSION_GOAL_MS:.0f} ms",
            ours=f"{more:.0f} ms",
            peers=f"bare Python {median(bare):.0f} ms",
            met=more <= VERSION_GOAL_MS,
        )
    )


def test_nothing_happens(tmp_path: Path) -> None:
    (tmp_path / "work").mkdir()
    argv: list[str | Path] = [COMMAND, "--home", tmp_path / "home"]
    with Seat(argv, cwd=tmp_path / "work", size=(120, 36)) as seat:
        seat.wait_for(FIRST)
        _wait(seat, SETTLED_S)
        before = _processor_s(seat)
        _wait(seat, IDLE_S)
        part = (_processor_s(seat) - before) / IDLE_S
    report(
        Figure(
            what="idle screen, of one core",
            goal=f"≤ {IDLE_GOAL:.1%}",
            ours=f"{part:.2%}",
            peers=f"over {IDLE_S:.0f} s",
            met=part <= IDLE_GOAL,
        )
    )


def _wait(seat: Seat, seconds: float) -> None:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        seat.look(0.5)


def _processor_s(seat: Seat) -> float:
    """Seconds of processor time that it has used, all of its threads together."""
    fields = Path(f"/proc/{seat.process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
