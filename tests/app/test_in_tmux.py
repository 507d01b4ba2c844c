"""The screen in a real terminal: programs in its pane, a window that is dragged about, other terminals, a bad end."""

import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from capture.home import Home
from capture.tape.reader import load_run, run_ids
from tests.seat import end_all, hosts, until
from tests.tmux import Tmux

pytestmark = pytest.mark.skipif(shutil.which("tmux") is None, reason="tmux is not installed")
WILD = ((40, 10), (200, 50), (61, 14), (60, 13), (30, 5), (132, 20), (80, 24), (20, 3))
SAME = "stty -g > after; cmp before after && echo as it w''as"


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Tmux]:
    with opened(tmp_path) as made:
        yield made
    end_all(library(tmp_path))


def opened(folder: Path, size: tuple[int, int] = (80, 24), **environment: str) -> Tmux:
    work = folder / "work"
    work.mkdir()
    return Tmux(home=folder / "home", cwd=work, size=size, environment=environment)


def library(folder: Path) -> Path:
    return folder / "home" / ".local" / "share" / "replaybook"


def recording(terminal: Tmux) -> None:
    """Start, and be in the pane's shell."""
    terminal.enter("stty -g > before; replaybook; echo code $? > code")
    terminal.until_says("Press r")
    terminal.press("r")
    terminal.until_says("● recording", "│you: ")


def left_as_found(terminal: Tmux) -> None:
    terminal.until_shell()
    terminal.enter(f"clear; {SAME}")
    terminal.until_says("as it was")
    assert terminal.as_found, terminal.told("alternate_on", "mouse_any_flag", "cursor_flag", "wrap_flag")


def test_vim_htop_and_a_pager_work_in_the_pane_and_the_shell_goes_on(terminal: Tmux, tmp_path: Path) -> None:
    wanted = [name for name in ("vim", "htop", "less") if shutil.which(name) is None]
    if wanted:
        pytest.skip(f"{wanted} are not installed")
    recording(terminal)
    # Whatever terminal is around it: the pane is one of its own.
    terminal.enter("echo $TERM $(tput colors)")
    terminal.until_says("xterm-256color 256")
    terminal.enter("vim -u NONE -N note.txt")
    terminal.until_says('"note.txt" [New]', "~")
    terminal.type("iwritten in vim")
    terminal.until_says("-- INSERT --", "written in vim")
    terminal.press("Escape")
    # Right behind an escape it would be another key.
    terminal.until_gone("-- INSERT --")
    terminal.enter(":wq")
    terminal.until_says("✓ 2 vim", "+ note.txt")
    assert "-- INSERT --" not in terminal.text
    terminal.enter("htop -d 1")
    terminal.until_says("Tasks:", "F1Help")
    terminal.type("q")
    terminal.until_says("✓ 3 htop")
    terminal.until_gone("F1Help")
    terminal.enter("seq 500 | less -P 'page from %lt.'")
    terminal.until_says("│1 ", "page from 1")
    terminal.type("G")
    terminal.until_says("│500 ")
    terminal.type("/^42$")
    terminal.press("Enter")
    terminal.type("g")
    terminal.until_says("│1 ")
    terminal.type("q")
    terminal.until_says("✓ 4 seq")
    terminal.enter("echo the shell goes o''n")
    terminal.until_says("the shell goes on", "✓ 5 echo")
    assert (tmp_path / "work" / "note.txt").read_text(encoding="utf-8") == "written in vim\n"
    terminal.press("C-]")
    terminal.until_says("back to the shell")
    terminal.type("x")
    terminal.until_says("success · 5 steps")
    terminal.type("q")
    left_as_found(terminal)


def test_a_window_that_is_dragged_about_while_much_is_printed_ends_up_whole(terminal: Tmux) -> None:
    recording(terminal)
    terminal.enter("while [ ! -e stop ]; do seq 100; done")
    terminal.until_says("│99 ")
    for size in WILD:
        terminal.resize(*size)
    terminal.until_says("needs 60 by 14")
    terminal.type("xd")
    terminal.resize(100, 30)
    Path(terminal.told("pane_current_path"), "stop").touch()
    terminal.until_says("✓ 1 while", "leaves the shell")
    terminal.until_says("╮╭")
    inner = terminal.text.splitlines()[1].index("╮") - 1
    # The shell hears of its last size when it does; until then it waits.
    terminal.enter(f"clear; until stty size | grep -x '26 {inner}'; do :; done")
    terminal.until_says("✓ 2 clear", f"│26 {inner}")
    rows = terminal.text.splitlines()
    assert [len(row) for row in rows[1:-1]] == [100] * 28, terminal.text
    terminal.press("C-]")
    terminal.until_says("back to the shell")
    terminal.type("x")
    terminal.until_says("success · 2 steps")
    terminal.type("q")
    left_as_found(terminal)


@pytest.mark.parametrize("name", ["xterm", "xterm-256color", "screen", "linux"])
def test_other_terminals_show_it_and_are_given_back(name: str, tmp_path: Path) -> None:
    with opened(tmp_path, TERM=name) as terminal:
        terminal.enter("stty -g > before; replaybook")
        terminal.until_says("Press r", "╭─ Welcome ─", "r record")
        terminal.press("F1")
        terminal.until_says("Keys", "Record a session", "esc closes")
        terminal.press("Escape")
        terminal.until_gone("esc closes")
        terminal.type("q")
        left_as_found(terminal)


def test_a_terminal_that_can_not_move_its_cursor_is_asked_on_lines(tmp_path: Path) -> None:
    with opened(tmp_path, TERM="dumb") as terminal:
        terminal.enter("stty -g > before; replaybook; echo code $?")
        terminal.until_says("in plain text", "What next?")
        assert terminal.as_found
        terminal.enter("quit")
        terminal.until_says("code 0")
        left_as_found(terminal)


@pytest.mark.parametrize(
    "number",
    [
        signal.SIGTERM,
        signal.SIGKILL,
        pytest.param(signal.SIGHUP, marks=pytest.mark.bench),
        pytest.param(signal.SIGSEGV, marks=pytest.mark.bench),
    ],
)
def test_whatever_kills_it_the_terminal_is_given_back_and_the_session_runs_on(
    number: signal.Signals, terminal: Tmux, tmp_path: Path
) -> None:
    recording(terminal)
    terminal.enter("echo beg''un")
    terminal.until_says("✓ 1 echo")
    os.kill(screen_of(terminal), number)
    terminal.until_shell()
    # Not on the screen: the shell may print before the terminal is given back, on the screen that goes away then.
    code = tmp_path / "work" / "code"
    until(lambda: code.exists() and code.read_text() == f"code {128 + number}\n")
    left_as_found(terminal)
    ((run, _),) = hosts(library(tmp_path))
    terminal.enter("clear; replaybook")
    terminal.until_says("in progress")
    # Without a playbook the recordings have the focus; a tab would go to the list of playbooks, or from it.
    terminal.press("Enter")
    terminal.until_says("● recording", "begun")
    terminal.enter("exit")
    terminal.until_says("success · 2 steps")
    assert load_run(Home(library(tmp_path)), run).run_id == run
    terminal.type("q")
    terminal.until_shell()


def screen_of(terminal: Tmux) -> int:
    """The process of the screen: the shell's child that leads its own group."""
    shell = terminal.told("pane_pid")
    listed = subprocess.run(["ps", "-o", "pid=,pgid=", "--ppid", shell], capture_output=True, text=True, check=True)
    pairs = [line.split() for line in listed.stdout.splitlines()]
    return next(int(pid) for pid, group in pairs if pid == group)


def test_a_fault_is_one_line_on_a_terminal_that_is_as_it_was(tmp_path: Path) -> None:
    broken = tmp_path / "broken"
    broken.mkdir()
    (broken / "sitecustomize.py").write_text(
        "import sys\n"
        "def broken(self, *_): raise ValueError('this is broken')\n"
        "class Finder:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        if name == 'app.tui':\n"
        "            import app.screens.inbox as inbox\n"
        "            inbox.InboxScreen.on_mount = broken\n"
        "sys.meta_path.insert(0, Finder())\n",
        encoding="utf-8",
    )
    with opened(tmp_path, PYTHONPATH=str(broken)) as terminal:
        terminal.enter("stty -g > before; replaybook; echo code $?")
        terminal.until_says("Press r")
        terminal.type("i")
        terminal.until_says("internal error: ValueError: this is broken", "code 1")
        assert "Traceback" not in terminal.text
        kept = Home(library(tmp_path)).fault
        assert str(kept) in "".join(terminal.text.split("\n"))
        assert "in broken" in kept.read_text(encoding="utf-8")
        assert kept.stat().st_mode & 0o777 == 0o600
        left_as_found(terminal)
        assert not run_ids(Home(library(tmp_path)))
