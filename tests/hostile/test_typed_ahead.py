"""Keys that reach a real terminal before, and while, there is something to decide on: none of them decides."""

import random
import time
from functools import partial
from pathlib import Path

import pytest

from tests.hostile.terminal import Seen
from tests.program import COMMAND, Program

HELD_S = 1.2
"""How long a key is held down behind that; the dead time of its first press is long over then."""
EDITOR = "▸ edit"
"""So says the title of the screen that edits a playbook."""
DECIDING = "yynyNc"
"""Approve, reject and ask for changes, as they would be typed without looking."""


@pytest.fixture
def program(tmp_path: Path) -> Program:
    """A playbook whose second step will diverge, with a repair at hand."""
    made = Program(home=tmp_path / "home", cwd=tmp_path / "work")
    made.cwd.mkdir()
    (made.cwd / "notes.txt").write_text("b\na\n", encoding="utf-8")
    made.record("echo begun > begun", "sort notes.txt > sorted.txt")
    made.json("compile", "work", "--name", "tidy")
    for name in ("begun", "sorted.txt"):
        (made.cwd / name).unlink()
    (made.cwd / "notes.txt").rename(made.cwd / "notes.md")
    return made


def statuses(program: Program) -> list[str]:
    return [one["status"] for one in program.rows_of("repairs")]


def stands(terminal: Seen) -> None:
    """Open the playbook as far as that is not done already, and replay it."""
    if "Parameters" not in terminal.text:
        terminal.press("\r")
    terminal.until("Parameters", EDITOR)
    for keys, words in (("g", "workspace"), ("\r", "Stands before step 1")):
        while words not in terminal.text:
            # One enter may have been enough; then the second opens the editor, now or a moment later.
            if EDITOR in terminal.text:
                terminal.press("\x1b")
                terminal.until(EDITOR, gone=True)
            terminal.press(keys)
            terminal.until(words, EDITOR)


def decides(terminal: Seen) -> bool:
    """Whether something waits for a decision."""
    return "your decision" in terminal.text


def leave(terminal: Seen) -> None:
    """End the replay and the program."""
    terminal.press("\x11")
    terminal.until("y yes")
    terminal.press("y")
    terminal.to_end()


def test_no_key_decides_that_was_typed_ahead_or_held_down_while_a_proposal_appears(
    program: Program, pytestconfig: pytest.Config
) -> None:
    with Seen((COMMAND, "--home", program.home), cwd=program.cwd) as terminal:
        terminal.press("\r" + "g\r" + "c" + DECIDING * 20)
        terminal.until("tidy")
        stands(terminal)
        terminal.press("c" + DECIDING * 20)
        terminal.until("your decision")
        assert statuses(program) == ["proposed"]
        leave(terminal)
    # Each costs two starts; the seed of the run draws one, and with --bench both are held.
    for key in "yn" if pytestconfig.getoption("--bench") else random.choice("yn"):  # noqa: S311
        with Seen((COMMAND, "--home", program.home), cwd=program.cwd) as terminal:
            terminal.until("tidy")
            stands(terminal)
            terminal.press("c")
            terminal.hold(key, until=partial(decides, terminal))
            terminal.hold(key, until=partial(lambda enough: time.monotonic() > enough, time.monotonic() + HELD_S))
            terminal.until("your decision")
            assert set(statuses(program)) == {"proposed"}
            leave(terminal)
    assert not (program.cwd / "sorted.txt").exists()
