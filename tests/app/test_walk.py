"""The README's first five minutes, done in a real terminal by someone who knows nothing but what is written there."""

import re
import shutil
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.tmux import Tmux

README = Path(__file__).parents[2] / "README.md"
KEYS = {"enter": "Enter", "esc": "Escape", "tab": "Tab"}
"""What the README names; all else is typed as it stands."""
MOST_LINES = 30
"""What a person presses in five minutes, reading what comes."""


class Line(NamedTuple):
    """One line of the walk."""

    pressed: tuple[str, ...]
    seen: tuple[str, ...]


def walk() -> list[Line]:
    part = README.read_text(encoding="utf-8").partition("<!-- walk:")[2].partition("<!-- end of walk -->")[0]
    rows = [row.strip("| ").split(" | ") for row in part.splitlines() if row.startswith("| ")][1:]
    return [Line(quoted(pressed), quoted(seen)) for pressed, seen in rows]


def quoted(text: str) -> tuple[str, ...]:
    return tuple(re.findall(r"`([^`]+)`", text))


def test_the_walk_is_short_and_says_what_to_see() -> None:
    lines = walk()
    assert 10 < len(lines) <= MOST_LINES
    assert sum(bool(line.seen) for line in lines) > len(lines) / 2


@pytest.mark.skipif(shutil.which("tmux") is None, reason="tmux is not installed")
def test_who_has_never_seen_it_records_compiles_breaks_repairs_and_promotes(tmp_path: Path) -> None:
    work = tmp_path / "work"
    work.mkdir()
    with Tmux(home=tmp_path / "home", cwd=work) as terminal:
        for line in walk():
            follow(terminal, line)
        promised = walk()[-1].seen[0]
        terminal.enter(f"clear; {promised}; echo code $?")
        terminal.until_says("code 0")
        assert terminal.as_found
    assert (work / "sorted.txt").read_text(encoding="utf-8") == "apples\npears\n"


def follow(terminal: Tmux, line: Line) -> None:
    for pressed in line.pressed:
        if pressed in KEYS:
            terminal.press(KEYS[pressed])
        else:
            terminal.type(pressed)
    if line.pressed[-1] == "q":
        terminal.until_shell()
    elif line.seen:
        terminal.until_says(*line.seen, pressing=line.pressed[-1] if line.pressed == ("y",) else "")
