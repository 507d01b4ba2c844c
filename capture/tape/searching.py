"""Finds a text in what a run's steps were and printed and in what was said: memory holds one output at a time."""

import re
from collections.abc import Iterator
from itertools import islice

import msgspec

from capture.tape.glance import Glance

SHOWN = 240
"""Characters of a line that a hit carries."""
IN_COMMAND = 0
"""Stands for the line of a hit in the command itself."""


class Hit(msgspec.Struct, frozen=True, kw_only=True):
    """One line that holds the text."""

    step_index: int
    """Of which step."""
    line: int
    """Of its output, counted from 1; 0: in its command."""
    note: int | msgspec.UnsetType = msgspec.UNSET
    """What was said behind that step holds it, in that line; of all notes of the run, counted from 1."""
    text: str
    """The line, shortened around the text where it is long."""

    @property
    def place(self) -> tuple[int, int, int]:
        """Sorts as the hits of a run do."""
        return self.step_index, self.note or 0, self.line


class Needle:
    """A text to find: in capitals or not alike, unless it has a capital letter itself."""

    def __init__(self, text: str) -> None:
        """Take it as it was typed.

        Args:
            text: Of one line, not empty.
        """
        self.text = text
        """As it was typed."""
        self._exact = text != text.lower()
        self._pattern = re.compile(re.escape(text), 0 if self._exact else re.IGNORECASE)
        self._raw = msgspec.json.encode(text)[1:-1]

    def spans(self, line: str) -> list[tuple[int, int]]:
        """Where in a line it stands, each as [start, end)."""
        return [match.span() for match in self._pattern.finditer(line)]

    def may_be_in(self, raw: bytes) -> bool:
        """Whether it can be in a JSON string, without reading that; only a no is sure."""
        if self._exact:
            return self._raw in raw
        return not self.text.isascii() or self._raw in raw.lower()

    def lines_in(self, text: str) -> Iterator[tuple[int, str]]:
        """The lines of a text that hold it, each with its number, counted from 1."""
        number, counted, behind = 1, 0, 0
        for match in self._pattern.finditer(text):
            start = match.start()
            if start < behind:
                continue  # the same line once more
            number += text.count("\n", counted, start)
            counted = start
            begins, ends = text.rfind("\n", 0, start) + 1, text.find("\n", start)
            behind = len(text) if ends < 0 else ends
            yield number, self._shortened(text[begins:behind], start - begins)

    def _shortened(self, line: str, at: int) -> str:
        start = max(0, at - SHOWN // 3) if len(line) > SHOWN else 0
        return f"{'…' * bool(start)}{line[start : start + SHOWN].strip()}"


def hits(recorded: Glance, needle: Needle) -> Iterator[Hit]:
    """Every line of a run's commands and outputs, and of what was said in it, that holds a text; in order.

    Args:
        recorded: The run.
        needle: The text.
    """
    said: dict[int, list[Hit]] = {}
    for number, note in enumerate(recorded.trace.notes, 1):
        if note.speaker is not None:
            said.setdefault(note.after_step, []).extend(
                Hit(step_index=note.after_step, line=line, note=number, text=text)
                for line, text in needle.lines_in(note.text)
            )
    yield from said.get(0, ())
    for step in recorded.trace.steps:
        for _, line in islice(needle.lines_in(step.command), 1):
            yield Hit(step_index=step.step_index, line=IN_COMMAND, text=line)
        raw = recorded.raw_output(step)
        if raw is None or needle.may_be_in(raw):
            for number, line in needle.lines_in(recorded.output(step)):
                yield Hit(step_index=step.step_index, line=number, text=line)
        yield from said.get(step.step_index, ())


def texts(recorded: Glance) -> Iterator[str]:
    """Every text of a run that `hits` looks into, in any order.

    Args:
        recorded: The run.
    """
    yield from (note.text for note in recorded.trace.notes if note.speaker is not None)
    for step in recorded.trace.steps:
        yield step.command
        yield recorded.output(step)
