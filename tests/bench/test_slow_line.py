"""What a frame of the shell pane costs on a slow line: bytes for the terminal, beside tmux with the same content."""

import os
import shutil
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.bench.figures import Figure, report
from tests.bench.terminals import ShownTerminal
from tests.program import COMMAND

SIZE = (100, 30)
GOAL = 1.5
FRAME_S = 0.4
"""Silence behind which a frame is over."""
KEY_S = 0.15
BAUD_BYTES = 960
"""What 9,600 baud carry in a second."""
ACTS: tuple[tuple[str, float], ...] = (
    *((letter, KEY_S) for letter in "echo hello world"),
    ("\r", FRAME_S),
    ("ls -l\r", FRAME_S),
    ("ls\r", FRAME_S),
    ("seq 1 15\r", FRAME_S),
    ("clear\r", FRAME_S),
    ("vim -u NONE -c 'syntax on' program.py\r", FRAME_S),
    *(("\x04", FRAME_S),) * 4,
    *(("j", KEY_S),) * 30,
    *((letter, KEY_S) for letter in "ohello there"),
    ("\x1b", FRAME_S),
    (":q!\r", FRAME_S),
    ("less text\r", FRAME_S),
    *((" ", FRAME_S),) * 3,
    *(("j", KEY_S),) * 5,
    ("q", FRAME_S),
)
"""An hour's work in small: a prompt, listings, an editor, a pager."""

pytestmark = [
    pytest.mark.bench,
    pytest.mark.skipif(sys.platform != "linux", reason="looks at /proc"),
    pytest.mark.skipif(
        any(shutil.which(name) is None for name in ("tmux", "vim", "less")), reason="needs tmux, vim and less"
    ),
]


@pytest.fixture
def workspace(tmp_path: Path, own_world: Path) -> Path:
    (own_world / ".bashrc").write_text("PS1='$ '\nalias ls='ls --color=auto'\n", encoding="utf-8")
    workspace = tmp_path / "work"
    (workspace / "folder").mkdir(parents=True)
    for number in range(40):
        (workspace / f"file{number:02}.py").write_text("x\n" * number, encoding="utf-8")
    (workspace / "run.sh").touch(mode=0o755)
    lines = (
        f"{number:4} the quick brown fox jumps over the lazy dog {number * 7919 % 1000}\n" for number in range(500)
    )
    (workspace / "text").write_text("".join(lines), encoding="utf-8")
    shutil.copy(Path(__file__), workspace / "program.py")
    return workspace


def environment(workspace: Path) -> Mapping[str, str]:
    return {**os.environ, "PWD": str(workspace), "TERM": "xterm-256color", "COLORTERM": "truecolor"}


@contextmanager
def pane(workspace: Path, *, fills: bool) -> Iterator[ShownTerminal]:
    """The Record screen, its shell at its prompt."""
    with ShownTerminal([COMMAND], environment(workspace), SIZE) as terminal:
        terminal.until_shows("▸ Home")
        terminal.silence()
        terminal.type("r")
        terminal.until_shows("leaves the shell")
        if fills:
            terminal.type("\x1d")
            terminal.until_shows("back to the shell")
            terminal.type("z")
        terminal.silence(1.0)
        yield terminal
        terminal.type("exit\r")
        terminal.until_shows("compile")


@contextmanager
def tmux(workspace: Path, folder: Path, *, fills: bool) -> Iterator[ShownTerminal]:
    """A window under a status line, or beside another of the trace's width."""
    settings = folder / "tmux.conf"
    settings.write_text(
        "set -g status-position top\nset -g status-interval 0\nset -g status-left ''\nset -g status-right ''\n"
        "set -g default-terminal tmux-256color\nset -as terminal-features ',xterm*:RGB'\n",
        encoding="utf-8",
    )
    server = ["tmux", "-S", str(folder / "tmux"), "-f", str(settings)]
    split = [] if fills else [";", "split-window", "-hd", "-l", "33", "sleep 1000"]
    with ShownTerminal([*server, "new-session", "bash", *split], environment(workspace), SIZE) as terminal:
        terminal.until_shows("$")
        terminal.silence(1.0)
        yield terminal
        terminal.type("exit\r")
        terminal.type("\x02:kill-server\r")
        terminal.silence()


def received(terminal: ShownTerminal) -> int:
    """Bytes that the acts cost, each until nothing more comes."""
    before = terminal.received
    for keys, quiet in ACTS:
        terminal.type(keys)
        terminal.silence(quiet)
    return terminal.received - before


@pytest.mark.parametrize("fills", [True, False], ids=["filling the screen", "beside the trace"])
def test_bytes_of_a_frame(fills: bool, workspace: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: FBT001 - a case
    monkeypatch.chdir(workspace)
    with pane(workspace, fills=fills) as terminal:
        ours = received(terminal)
    with tmux(workspace, tmp_path, fills=fills) as terminal:
        peer = received(terminal)
    report(
        Figure(
            what=f"bytes over a slow line, the pane {'filling the screen' if fills else 'beside the trace'}",
            goal=f"≤ {GOAL} of tmux's",
            ours=f"{ours / peer:.2f} ({ours / len(ACTS):.0f} a frame)",
            peers=f"tmux {peer / len(ACTS):.0f} a frame; {len(ACTS)} frames of prompt, listings, vim and less",
            met=ours <= GOAL * peer,
        )
    )


def caught_up(terminal: ShownTerminal, lines: int = 100_000) -> float:
    """Seconds from a flood's beginning until its last line stands on a terminal that takes 9,600 baud."""
    began = terminal.type(f"seq 1 {lines}; echo all''done\r")
    while "alldone" not in terminal.text():
        terminal.take(BAUD_BYTES // 10)
        time.sleep(0.1)
    return time.perf_counter() - began


def test_a_flood_over_9600_baud(workspace: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(workspace)
    took: dict[str, float] = {}
    with pane(workspace, fills=True) as terminal:
        took["ours"] = caught_up(terminal)
    with tmux(workspace, tmp_path, fills=True) as terminal:
        took["tmux"] = caught_up(terminal)
    report(
        Figure(
            what="a flood of 590 kB in the pane over 9,600 baud, until its last line is seen",
            goal=f"≤ {GOAL} of tmux's time",
            ours=f"{took['ours'] / took['tmux']:.2f} ({took['ours']:.1f} s)",
            peers=f"tmux {took['tmux']:.1f} s; the bare line would take {590_000 / BAUD_BYTES:.0f} s",
            met=took["ours"] <= GOAL * took["tmux"],
        )
    )
