"""What was typed and shown along a recording, indexed once, so that printed values are looked up and not searched."""

import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import accumulate

from replay.compiler.draft import DraftStep
from replay.edits import added, is_patch
from replay.matching import masks

SHORTEST_HASH = 7
"""Characters of a hash that people type at least."""
_BEGINS = re.compile(r"(?:(?<![0-9A-Za-z])v?|(?<=[/_]))(?=\S)")
"""Where a value may begin in a command: behind a sign, or behind the `v` of a version."""


class Story:
    """The texts of a recording.

    Args:
        steps: All of them, in order.
        known: Text that was there before the first one: values of parameters, names of files.
    """

    def __init__(self, steps: Sequence[DraftStep], known: str) -> None:
        typed = ["\n".join(typed_texts(step)) for step in steps]
        self._known = Told((known,))
        self._typed = Told(typed)
        self._shown = Told([step.recorded.output for step in steps])
        self._steps: defaultdict[str, list[int]] = defaultdict(list)
        for at, text in enumerate(typed):
            self._steps[text].append(at)
        self._holders: defaultdict[str, list[str]] = defaultdict(list)
        # The one that is typed last of all stands last.
        for text in sorted(self._steps, key=lambda one: self._steps[one][-1]):
            for beginning in _beginnings(text):
                self._holders[beginning].append(text)

    def is_used(self, at: int, value: str) -> bool:
        """Whether a step behind a step may hold a printed value, or the beginning of it."""
        holders = self._holders.get(value[:SHORTEST_HASH])
        return holders is not None and self._steps[holders[-1]][-1] > at

    def users(self, at: int, value: str) -> list[int]:
        """Those steps, in order."""
        holders = self._holders.get(value[:SHORTEST_HASH], ())
        return sorted(step for text in holders for step in self._steps[text] if step > at)

    def typed_before(self, at: int, value: str) -> bool:
        """Whether the text stands in anything that was known, or typed up to a step (its own command included)."""
        return self._known.holds(0, value) or self._typed.holds(at, value)

    def typed_as_token(self, at: int, value: str) -> bool:
        """The same, where it stands as a token of its own."""
        return self._known.holds_token(0, value) or self._typed.holds_token(at, value)

    def shown_before(self, at: int, value: str) -> bool:
        """Whether a step before this one has shown the text."""
        return at > 0 and self._shown.holds(at - 1, value)


class Held:
    """Texts in order, of which one asks for many values which ones hold them.

    Args:
        texts: At least one.
    """

    def __init__(self, texts: Sequence[str]) -> None:
        self._text = "\n".join(texts)
        self._starts = [0, *accumulate(len(text) + 1 for text in texts)]

    def holding(self, value: str) -> Iterator[int]:
        """The texts that hold the value, in order; for one with a line end, a few more."""
        at = self._text.find(value)
        while at >= 0:
            index = bisect_right(self._starts, at)
            yield index - 1
            at = self._text.find(value, self._starts[index])


class Told:
    """Texts in order, each new one once, in which any value is looked for once.

    Args:
        texts: One a step.
    """

    def __init__(self, texts: Sequence[str]) -> None:
        self._text = "\n".join(dict.fromkeys(texts))
        self._ends = _ends(texts)
        self._first: dict[str, int] = {}
        self._first_token: dict[str, int] = {}

    def upto(self, at: int) -> str:
        """All texts up to this one."""
        return self._text[: self._ends[at]]

    def holds(self, at: int, value: str) -> bool:
        """Whether the value stands in a text up to this one; it holds no line end."""
        if value not in self._first:
            self._first[value] = self._text.find(value)
        return 0 <= self._first[value] <= self._ends[at] - len(value)

    def holds_token(self, at: int, value: str) -> bool:
        """The same, where it stands as a token of its own."""
        if value not in self._first_token:
            self._first_token[value] = next(masks.places_of(value, self._text), -1)
        return 0 <= self._first_token[value] <= self._ends[at] - len(value)


def typed_texts(step: DraftStep) -> Iterator[str]:
    """The command, or the lines that were written in an editor, and what was typed into it."""
    yield added(step.step.run) if is_patch(step.step.run) else step.recorded.command
    yield from (typed.text or "" for typed in step.recorded.inputs)


def _ends(texts: Sequence[str]) -> list[int]:
    """Where, in the new ones of the texts joined by line ends, all those up to each have ended."""
    ends, seen, end = [], set[str](), -1
    for text in texts:
        if text not in seen:
            seen.add(text)
            end += len(text) + 1
        ends.append(end)
    return ends


def _beginnings(text: str) -> dict[str, None]:
    """What values that stand in the text may begin with, each once: one character and up to those of a short hash."""
    places = {place for found in _BEGINS.finditer(text) for place in found.span()}
    return dict.fromkeys(text[at : at + size] for at in sorted(places) for size in range(1, SHORTEST_HASH + 1))
