"""`replay --step` as its user drives it: through a pipe, and in a plain terminal."""

import io
import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pexpect
import pytest

from app.cli.shared import narrate
from app.cli.stepping import AtPrompt
from app.cli.voice import Words
from app.core import Core
from capture.home import Home
from replay.shadow import Level, strongest
from tests.forking import called
from tests.program import COMMAND

WORK = "echo one > a.txt && echo two > b.txt; echo done\nmkdir sub && cd sub\necho three > c.txt\n"


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home that holds the playbook `work`, made in a workspace beside it."""
    around = tmp_path_factory.mktemp("stepping")
    workspace = around / "work"
    workspace.mkdir()
    (around / "work.sh").write_text(WORK)
    home = Home(around / "home").prepare().path
    made = program(home, workspace, "record", "--script", str(around / "work.sh"), "--json")
    program(home, workspace, "compile", json.loads(made.stdout)["run_id"], "--name", "work", "--json")
    return home


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    folder = tmp_path / "work"
    folder.mkdir()
    return folder


def program(home: Path, cwd: Path, *arguments: str, typed: str = "") -> subprocess.CompletedProcess[str]:
    return called((COMMAND, "--home", home, *arguments), cwd=cwd, typed=typed)


def stepped(home: Path, cwd: Path, *orders: str, more: tuple[str, ...] = ()) -> subprocess.CompletedProcess[str]:
    typed = "".join(f"{order}\n" for order in orders)
    return program(home, cwd, "replay", "work", "--mode", "strict", "--draft", "--step", *more, typed=typed)


def test_a_list_is_stepped_into_and_judged_as_a_whole(recorded: Path, workspace: Path) -> None:
    done = stepped(recorded, workspace, "s", "s", "info", "n", "c")
    assert "before part 1 of 3: echo one > a.txt" in done.stderr
    assert "before part 2 of 3: echo two > b.txt" in done.stderr
    assert "back: no, what a step did on the real workspace can't be taken back" in done.stderr
    assert "before step 2 of 3" in done.stderr
    assert done.returncode == 0, done.stderr
    assert (workspace / "sub/c.txt").read_text() == "three\n"


def test_the_end_of_input_ends_the_replay_before_the_next_step(recorded: Path, workspace: Path) -> None:
    done = stepped(recorded, workspace, "n")
    assert done.returncode == 130
    assert (workspace / "b.txt").exists()
    assert not (workspace / "sub").exists()


def test_it_halts_behind_what_a_breakpoint_waits_for(recorded: Path, workspace: Path) -> None:
    done = stepped(recorded, workspace, "c", "list", "q", more=("--break", "effect sub"))
    assert "breakpoint: effect sub" in done.stderr
    assert "▸  ·   3 echo three > c.txt" in done.stderr
    assert not (workspace / "sub/c.txt").exists()


def test_a_divergence_shows_what_differs_and_goes_no_further(recorded: Path, workspace: Path) -> None:
    (workspace / "sub").mkdir()
    (workspace / "sub/c.txt").write_text("already\n")
    done = stepped(recorded, workspace, "c", "c", "q")
    assert "stopped at step 2; back tries it again" in done.stderr
    assert "it stopped at step 2 and goes no further" in done.stderr
    assert done.returncode == 4


def test_what_could_not_begin_is_tried_again_and_what_ran_can_not_be_taken_back(
    recorded: Path, workspace: Path
) -> None:
    (workspace / "sub").mkdir()
    done = stepped(recorded, workspace, "c", "back", "back", "q")
    assert done.stderr.count("before step 2 of 3") == 1
    assert "what a step did on the real workspace can't be taken back" in done.stderr
    assert done.returncode == 130


def test_a_restart_is_another_replay_with_the_same_breakpoints(recorded: Path, workspace: Path) -> None:
    done = stepped(recorded, workspace, "c", "r", "c", more=("--break", "2"))
    assert done.stderr.count("breakpoint: step 2") == 2
    assert done.returncode == 130


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        (("--break", "step 9"), "there is no step 9; the playbook has 3"),
        (("--break", "output ["), "no regular expression"),
        (("--break", "sometimes"), "breakpoint 'sometimes' is none; write STEP"),
        (("--json",), "--step speaks with a person"),
    ],
)
def test_what_can_not_be_stepped_says_why(recorded: Path, workspace: Path, said: tuple[str, ...], reason: str) -> None:
    done = stepped(recorded, workspace, more=said)
    assert reason in done.stderr
    assert done.returncode == 2
    assert not any(workspace.iterdir())


def test_a_dumb_terminal_will_do(recorded: Path, workspace: Path) -> None:
    arguments = ["--home", str(recorded), "replay", "work", "--mode", "strict", "--draft", "--step"]
    child = pexpect.spawn(str(COMMAND), arguments, cwd=str(workspace), env={**os.environ, "TERM": "dumb"}, timeout=60)
    try:
        for order, answer in (
            ("n", "before step 2"),
            ("", "before step 3"),
            ("nonsense", "there is no 'nonsense' here"),
        ):
            child.expect_exact("(replay) ")
            child.sendline(order)
            child.expect_exact(answer)
        child.expect_exact("(replay) ")
        _ended_by_ctrl_c(child)
    finally:
        child.close()
    assert child.exitstatus == 130
    assert (workspace / "sub").is_dir()
    assert not (workspace / "sub/c.txt").exists()


def _ended_by_ctrl_c(terminal: "pexpect.spawn[Any]") -> None:
    """Press it at the prompt, and once more where it was not heard, as a person would.

    What comes between the prompt's last letter and readline's wait behind it, Python hears only at the next key.
    """
    for _ in range(6):
        terminal.sendintr()
        if terminal.expect([pexpect.EOF, pexpect.TIMEOUT], timeout=10) == 0:
            return
    raise AssertionError("ctrl-C did not end it")


class _InterruptedTerminal(io.RawIOBase):
    """A terminal at which ctrl-C is pressed while it is being written to."""

    def writable(self) -> bool:
        return True

    def fileno(self) -> int:
        return 2

    def write(self, data: Any, /) -> int:
        signal.raise_signal(signal.SIGINT)
        return len(data)


def test_ctrl_c_may_come_while_a_line_is_being_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    seat = AtPrompt((), Core(Home(tmp_path / "home").prepare()), Words())
    with seat.taking_interrupts():
        monkeypatch.setattr(
            sys, "stderr", io.TextIOWrapper(io.BufferedWriter(_InterruptedTerminal()), line_buffering=True)
        )
        narrate("a step printed this")
        monkeypatch.undo()
    assert "ending the step; ctrl-C again ends the replay" in capfd.readouterr().err


def _waiting(tmp_path: Path) -> tuple[Path, Path]:
    """A home whose playbook `work` waits for ever in its first step, and its workspace."""
    workspace = tmp_path / "work"
    workspace.mkdir()
    (tmp_path / "go.sh").write_text("[ ! -e wait ] || { echo waiting; sleep 300; }\necho over > over\n")
    home = Home(tmp_path / "home").prepare().path
    made = program(home, workspace, "record", "--script", str(tmp_path / "go.sh"), "--json")
    program(home, workspace, "compile", json.loads(made.stdout)["run_id"], "--name", "work", "--json")
    (workspace / "over").unlink()
    (workspace / "wait").touch()
    return home, workspace


def test_ctrl_c_stands_at_the_prompt_where_nothing_is_taken_back_and_one_more_ends_it(tmp_path: Path) -> None:
    home, workspace = _waiting(tmp_path)
    arguments = ["--home", str(home), "replay", "work", "--mode", "strict", "--draft", "--step"]
    with pexpect.spawn(str(COMMAND), arguments, cwd=str(workspace), encoding="utf-8", timeout=60) as terminal:
        terminal.expect_exact("(replay)")
        terminal.sendline("n")
        terminal.expect_exact("waiting\r\n")
        terminal.sendintr()
        terminal.expect_exact("stopped at step 1")
        terminal.expect_exact("--from 1 goes on")
        terminal.expect_exact("(replay)")
        _ended_by_ctrl_c(terminal)
    assert terminal.exitstatus == 130
    made = program(home, workspace, "replays", "work", "--json")
    assert json.loads(made.stdout)[0]["stopped_at"] == 1


@pytest.mark.skipif(strongest() is not Level.L3, reason="only an overlay keeps a layer for each step")
def test_ctrl_c_ends_the_step_and_stands_at_the_prompt(tmp_path: Path) -> None:
    home, workspace = _waiting(tmp_path)
    arguments = ["--home", str(home), "replay", "work", "--mode", "strict", "--draft", "--step", "--shadow"]
    with pexpect.spawn(str(COMMAND), arguments, cwd=str(workspace), encoding="utf-8", timeout=60) as terminal:
        terminal.expect_exact("(replay)")
        terminal.sendline("n")
        terminal.expect_exact("waiting\r\n")
        terminal.sendintr()
        terminal.expect_exact("stopped at step 1")
        terminal.expect_exact("(replay)")
        terminal.sendline("back")
        terminal.expect_exact("before step 1")
        terminal.sendline("q")
        terminal.expect(pexpect.EOF)
