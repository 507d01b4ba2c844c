"""A playbook document that a person writes: whether it holds, where it doesn't, and what it would change (pure)."""

import re

import msgspec

from capture.errors import BadInputError
from replay import document
from replay.document import Change
from replay.playbook import Playbook

WHERE = "what you wrote"
"""The text's name in messages."""
_PLACE = re.compile(r"(?P<line>\d+):(?:(?P<column>\d+):)? (?P<said>.*)", re.DOTALL)
_STEPS = re.compile(r"^steps:[ \t]*(?:#.*)?$")
_ITEM = re.compile(r"^(?P<indent> *)- ")


class Mistake(msgspec.Struct, frozen=True):
    """Why a text is no playbook."""

    line: int
    """Counted from 1."""
    column: int
    """Counted from 1."""
    said: str
    """What is wrong, its place left out."""

    @property
    def words(self) -> str:
        """With its place, for a person."""
        return f"line {self.line}, column {self.column}: {self.said}"


class Written(msgspec.Struct, frozen=True, kw_only=True):
    """What a text says."""

    playbook: Playbook | None = None
    """None: it is no playbook."""
    mistakes: tuple[Mistake, ...] = ()
    """Why not, in the order of their lines."""
    changes: tuple[Change, ...] = ()
    """What it changes."""

    @property
    def mistake(self) -> Mistake | None:
        """The first one."""
        return self.mistakes[0] if self.mistakes else None

    def mistake_after(self, line: int, column: int) -> Mistake | None:
        """The next one behind a place, and behind the last the first again.

        Args:
            line: Counted from 1.
            column: Counted from 1.
        """
        behind = (one for one in self.mistakes if (one.line, one.column) > (line, column))
        return next(behind, self.mistake)


def read_written(text: str, *, name: str, base: Playbook | None) -> Written:
    """Look a text over, as often as a key is pressed.

    Args:
        text: A playbook document, or what is becoming one.
        name: What the playbook is called; no text may change that.
        base: What it was before; None: that could not be read.
    """
    try:
        playbook = load_written(text, name=name, where=WHERE)
    except BadInputError as error:
        reasons = document.all_wrong(text, where=WHERE) or (str(error),)
        found = {mistake_of(one, where=WHERE) for one in reasons}
        return Written(mistakes=tuple(sorted(found, key=lambda one: (one.line, one.column, one.said))))
    return Written(playbook=playbook, changes=document.changes(base, playbook) if base else ())


def load_written(text: str, *, name: str, where: str) -> Playbook:
    """Read what a person wrote as the next version of a playbook.

    Args:
        text: YAML.
        name: What the playbook is called.
        where: The text's name in messages.

    Raises:
        BadInputError: It is none, or another one's; the message begins with `where:LINE:COLUMN: `.
    """
    playbook = document.load(text, where=where)
    if playbook.name != name:
        line = next((at for at, one in enumerate(text.split("\n"), 1) if one.startswith("name:")), 1)
        raise BadInputError(
            f"{where}:{line}:1: a new version keeps the name {name}, and this says {playbook.name!r}; "
            "replaybook compile --name makes another playbook"
        )
    return playbook


def mistake_of(reason: str, *, where: str) -> Mistake:
    """Where a text is wrong, of the error that says so.

    Args:
        reason: `WHERE:LINE:COLUMN: what`; without a place it is the first line.
        where: The text's name.
    """
    said = reason.removeprefix(f"{where}:")
    place = _PLACE.match(said)
    if place is None:
        return Mistake(1, 1, said.strip())
    return Mistake(int(place["line"]), int(place["column"] or 1), place["said"])


def step_lines(text: str) -> tuple[int, ...]:
    """Where each step begins, counted from 1; none for a document whose steps stand in brackets.

    It reads dashes, not YAML, so that it can be asked of a text that is wrong at the moment.
    """
    lines = text.split("\n")
    begin = next((at for at, line in enumerate(lines) if _STEPS.match(line)), None)
    if begin is None:
        return ()
    found: list[int] = []
    indent: str | None = None
    for at, line in enumerate(lines[begin + 1 :], begin + 2):
        item = _ITEM.match(line)
        if item and indent in (None, item["indent"]):
            indent = item["indent"]
            found.append(at)
        elif line[:1] not in ("", " ", "#", "-"):
            break
    return tuple(found)


def step_at(lines: tuple[int, ...], line: int) -> int | None:
    """The step that a line belongs to, counted from 1; None before the first one.

    Args:
        lines: Of `step_lines`.
        line: Counted from 1.
    """
    return sum(begin <= line for begin in lines) or None
