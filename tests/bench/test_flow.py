"""What a recording costs: throughput, memory, idle time and the way from a key to the screen, each beside its peers."""

import itertools
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from statistics import median, quantiles

import pytest

from tests.bench.figures import Figure, report
from tests.bench.terminals import (
    OuterTerminal,
    ShownTerminal,
    descendants,
    host_of,
    processor_seconds,
    resident_bytes,
    tmux,
)
from tests.program import COMMAND, Program

ROUNDS = 5
CAT_BYTES = 50_000_000
SEQ = "seq 1 2000000"
IDLE_S = 20.0
KEYS = 200
FLOOD_BYTES = 1 << 30
MEGABYTE = 1 << 20
READY = b"\x1b[?2004h"
MARKS = itertools.count()
"""A mark that is shown may be drawn again: each command has its own."""

pytestmark = [
    pytest.mark.bench,
    pytest.mark.skipif(sys.platform != "linux", reason="looks at /proc"),
    pytest.mark.skipif(shutil.which("script") is None or shutil.which("tmux") is None, reason="needs script and tmux"),
]


@pytest.fixture
def floods(tmp_path: Path) -> dict[str, str]:
    """Two kinds of output: long writes of 77-byte lines, and a write a line."""
    text = tmp_path / "text"
    line = b"0123456789abcdef the quick brown fox jumps over the lazy dog, again and again\n"
    text.write_bytes(line * (CAT_BYTES // len(line)))
    return {"cat 50 MB": f"cat {text}", SEQ: SEQ}


@pytest.fixture
def workspace(tmp_path: Path, own_world: Path) -> Path:
    (own_world / ".bashrc").write_text("PS1='$ '\n", encoding="utf-8")
    workspace = tmp_path / "work"
    workspace.mkdir()
    return workspace


def ratio(bare: list[float], ours: list[float]) -> float:
    """Of the bare reader's speed, run by run, the median."""
    return median(one / other for one, other in zip(bare, ours, strict=True))


# -- throughput


def _typed(terminal: OuterTerminal, command: str) -> float:
    mark = next(MARKS)
    began = terminal.type(f"{command}; echo @@{mark}''@@\r")
    return terminal.until(f"@@{mark}@@".encode()) - began


@contextmanager
def _bare_shell() -> Iterator[OuterTerminal]:
    with OuterTerminal(["bash", "--norc"], os.environ) as terminal:
        terminal.until(READY)
        yield terminal


def _bare(command: str) -> float:
    with _bare_shell() as terminal:
        return _typed(terminal, command)


def _kept_by_script(command: str, log: Path) -> float:
    began = time.perf_counter()
    quiet = subprocess.DEVNULL
    subprocess.run(["script", "-q", "-c", command, str(log)], stdin=quiet, stdout=quiet, check=True)
    return time.perf_counter() - began


def _kept_by_asciinema(command: str, log: Path) -> float:
    began = time.perf_counter()
    quiet = subprocess.DEVNULL
    peer = COMMAND.with_name("asciinema")
    subprocess.run([peer, "rec", "-q", "--overwrite", "-c", command, log], stdin=quiet, stdout=quiet, check=True)
    return time.perf_counter() - began


def _kept_by_us(program: Program, command: str) -> float:
    shown = program.json("show", program.record(command))
    return float(shown["steps"][0]["duration_ms"]) / 1000


def test_throughput_with_nobody_looking_on(
    floods: dict[str, str], tmp_path: Path, workspace: Path, own_world: Path
) -> None:
    program = Program(home=own_world / "replaybook", cwd=workspace)
    log = tmp_path / "log"
    for name, command in floods.items():
        took: dict[str, list[float]] = {"bare": [], "ours": [], "script": [], "asciinema": []}
        for _ in range(ROUNDS):
            took["bare"].append(_bare(command))
            took["ours"].append(_kept_by_us(program, command))
            took["script"].append(_kept_by_script(command, log))
            took["asciinema"].append(_kept_by_asciinema(command, log))
        _report_throughput(f"`record --script`, {name}", 0.95, took)


@contextmanager
def _recording(workspace: Path) -> Iterator[OuterTerminal]:
    with OuterTerminal([COMMAND, "record", "--cwd", workspace], os.environ) as terminal:
        terminal.until(READY)
        yield terminal
        # It would go on without its terminal.
        terminal.type("exit\r")
        terminal.until(b"next: ")


@contextmanager
def _by_script(log: Path) -> Iterator[OuterTerminal]:
    with OuterTerminal(["script", "-q", "-c", "bash --norc", str(log)], os.environ) as terminal:
        terminal.until(READY)
        yield terminal


@contextmanager
def _by_asciinema(log: Path) -> Iterator[OuterTerminal]:
    peer = COMMAND.with_name("asciinema")
    with OuterTerminal([peer, "rec", "-q", "--overwrite", "-c", "bash --norc", log], os.environ) as terminal:
        terminal.until(READY)
        yield terminal


@contextmanager
def _in_pane(workspace: Path) -> Iterator[ShownTerminal]:
    """The Record screen, its shell at its prompt."""
    with ShownTerminal([COMMAND], {**os.environ, "PWD": str(workspace)}) as terminal:
        terminal.until(b"record")
        terminal.silence()
        terminal.type("r")
        terminal.until_shows("leaves the shell")
        terminal.silence()
        yield terminal
        terminal.type("exit\r")
        terminal.until_shows("compile")


@contextmanager
def _in_tmux(tmp_path: Path) -> Iterator[OuterTerminal]:
    with tmux(dict(os.environ), tmp_path, "PS1='$ ' bash --norc") as terminal:
        terminal.until(b"$ ")
        terminal.silence()
        yield terminal


def _throughput(
    open_one: Callable[[], AbstractContextManager[OuterTerminal]], floods: dict[str, str]
) -> dict[str, float]:
    with open_one() as terminal:
        return {name: _typed(terminal, command) for name, command in floods.items()}


def _compared(
    setups: dict[str, Callable[[], AbstractContextManager[OuterTerminal]]], floods: dict[str, str]
) -> dict[str, dict[str, list[float]]]:
    took: dict[str, dict[str, list[float]]] = {name: {side: [] for side in ("bare", *setups)} for name in floods}
    for _ in range(ROUNDS):
        for name, command in floods.items():
            took[name]["bare"].append(_bare(command))
        for side, open_one in setups.items():
            for name, seconds in _throughput(open_one, floods).items():
                took[name][side].append(seconds)
    return took


def test_throughput_in_a_terminal(floods: dict[str, str], tmp_path: Path, workspace: Path) -> None:
    log = tmp_path / "log"
    setups: dict[str, Callable[[], AbstractContextManager[OuterTerminal]]] = {
        "ours": lambda: _recording(workspace),
        "script": lambda: _by_script(log),
        "asciinema": lambda: _by_asciinema(log),
    }
    for name, took in _compared(setups, floods).items():
        _report_throughput(f"`record` shown in a terminal, {name}", 0.95, took)


def test_throughput_in_the_pane(
    floods: dict[str, str], tmp_path: Path, workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(workspace)
    setups: dict[str, Callable[[], AbstractContextManager[OuterTerminal]]] = {
        "ours": lambda: _in_pane(workspace),
        "tmux": lambda: _in_tmux(tmp_path),
    }
    for name, took in _compared(setups, floods).items():
        _report_throughput(f"the TUI's pane, {name}", 0.8, took)


def _report_throughput(what: str, goal: float, took: dict[str, list[float]]) -> None:
    of_bare = {side: ratio(took["bare"], times) for side, times in took.items() if side != "bare"}
    ours = of_bare.pop("ours")
    report(
        Figure(
            what=f"throughput, {what}",
            goal=f"≥ {goal} of a bare reader",
            ours=f"{ours:.2f} ({median(took['ours']):.2f} s)",
            peers=", ".join(f"{side} {value:.2f}" for side, value in of_bare.items())
            + f"; bare {median(took['bare']):.2f} s",
            met=ours >= goal,
        )
    )


# -- the way from a key to the screen


def _echoes(terminal: OuterTerminal) -> list[float]:
    """Milliseconds from a key to its echo, key by key."""
    terminal.type("stty -icanon; cat >/dev/null\r")
    terminal.silence()
    took = []
    for number in range(KEYS):
        letter = "QXZ"[number % 3]
        began = terminal.type(letter)
        took.append((terminal.until(letter.encode()) - began) * 1000)
        terminal.silence(0.02)
    terminal.type("\x03")
    terminal.silence()
    return took


def test_echo(tmp_path: Path, workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(workspace)
    with _bare_shell() as terminal:
        bare = _echoes(terminal)
    with _in_pane(workspace) as terminal:
        pane = _echoes(terminal)
    with _in_tmux(tmp_path) as terminal:
        tmuxed = _echoes(terminal)
    with _recording(workspace) as terminal:
        plain = _echoes(terminal)
    added = {name: _p99(took) - _p99(bare) for name, took in (("pane", pane), ("tmux", tmuxed), ("record", plain))}
    report(
        Figure(
            what="key echo in the pane over a bare terminal",
            goal="≤ 10 ms p99",
            ours=f"{added['pane']:.1f} ms p99, {median(pane) - median(bare):.1f} ms median",
            peers=f"tmux {added['tmux']:.1f} ms, `record` {added['record']:.1f} ms; bare {_p99(bare):.2f} ms",
            met=added["pane"] <= 10,
        )
    )


def _p99(took: list[float]) -> float:
    return quantiles(took, n=100)[98]


def test_the_screen_stays_alive_in_a_flood(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Leaving the pane and coming back changes the title: that is a key's way through the whole screen."""
    monkeypatch.chdir(workspace)
    took = []
    with _in_pane(workspace) as terminal:
        terminal.type("while :; do seq 1 100000; done\r")
        terminal.drain(1.0)
        for number in range(60):
            wanted = "back to the shell" if number % 2 == 0 else "leaves the shell"
            began = terminal.type("\x1d")
            took.append((terminal.until_shows(wanted) - began) * 1000)
            terminal.drain(0.05)
        terminal.type("\x03")
        terminal.silence()
    report(
        Figure(
            what="key to screen in the pane during a flood",
            goal="≤ 30 ms median, ≤ 80 ms p99",
            ours=f"{median(took):.0f} ms median, {_p99(took):.0f} ms p99, {max(took):.0f} ms at most",
            peers=f"{len(took)} keys",
            met=median(took) <= 30 and _p99(took) <= 80,
        )
    )


# -- memory and idle time


def test_memory_after_a_flood(tmp_path: Path, workspace: Path, own_world: Path) -> None:
    command = f"yes 'sixty-four bytes of output that are the same in every single line' | head -c {FLOOD_BYTES}"
    with _recording(workspace) as terminal:
        host = host_of(own_world / "replaybook")
        before = sum(resident_bytes(pid)[0] for pid in (host, terminal.pid))
        _typed(terminal, command)
        held = {pid: resident_bytes(pid) for pid in (host, terminal.pid)}
    after, most = (sum(pair[which] for pair in held.values()) for which in (0, 1))
    with _by_asciinema(tmp_path / "log") as terminal:
        _typed(terminal, command)
        tree = [terminal.pid, *descendants(terminal.pid)]
        peer = max(resident_bytes(pid)[1] for pid in tree)
    report(
        Figure(
            what="memory of `record` after 1 GiB of output, host and front end",
            goal="≤ 150 MB, flat",
            ours=f"{after / MEGABYTE:.0f} MiB, {most / MEGABYTE:.0f} at most, {before / MEGABYTE:.0f} before",
            peers=f"asciinema {peer / MEGABYTE:.0f} MiB at most (its largest process)",
            met=most <= 150_000_000,
        )
    )


def test_idle_time(tmp_path: Path, workspace: Path, own_world: Path) -> None:
    with _recording(workspace) as terminal:
        terminal.silence(1.0)
        pids = [host_of(own_world / "replaybook"), terminal.pid]
        ours = _idle_share(terminal, pids)
    with _by_asciinema(tmp_path / "log") as terminal:
        terminal.silence(1.0)
        peer = _idle_share(terminal, [terminal.pid, *descendants(terminal.pid)])
    report(
        Figure(
            what="idle CPU of a recording",
            goal="≤ 0.2 %",
            ours=f"{ours:.2f} %",
            peers=f"asciinema {peer:.2f} %; over {IDLE_S:.0f} s, in ticks of {1000 / os.sysconf('SC_CLK_TCK'):.0f} ms",
            met=ours <= 0.2,
        )
    )


def _idle_share(terminal: OuterTerminal, pids: list[int]) -> float:
    before = processor_seconds(pids)
    terminal.drain(IDLE_S)
    return (processor_seconds(pids) - before) / IDLE_S * 100
