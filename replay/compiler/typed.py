"""What was typed and shown along a recording, indexed once, so that printed values are looked up and not searched."""

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence

from replay.compiler.draft import DraftStep
from replay.edits import added, is_patch

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
        self._known = known
        self._typed, self._typed_ends = _joined(typed)
        self._shown, self._shown_ends = _joined([step.recorded.output for step in steps])
        self._users: defaultdict[str, list[int]] = defaultdict(list)
        for at, text in enumerate(typed):
            for beginning in _beginnings(text):
                self._users[beginning].append(at)

    def users(self, at: int, value: str) -> list[int]:
        """Steps behind a step that may hold a printed value, or the beginning of it, in order."""
        return [user for user in self._users.get(value[:SHORTEST_HASH], ()) if user > at]

    def typed_before(self, at: int, value: str) -> bool:
        """Whether the text stands in anything that was known, or typed up to a step (its own command included)."""
        return value in self._known or self._typed.find(value, 0, self._typed_ends[at]) >= 0

    def typed_as_token(self, at: int, value: re.Pattern[str]) -> bool:
        """The same for a pattern."""
        return bool(value.search(self._known) or value.search(self._typed, 0, self._typed_ends[at]))

    def shown_before(self, at: int, value: str) -> bool:
        """Whether a step before this one has shown the text."""
        return at > 0 and self._shown.find(value, 0, self._shown_ends[at - 1]) >= 0


def typed_texts(step: DraftStep) -> Iterator[str]:
    """The command, or the lines that were written in an editor, and what was typed into it."""
    yield added(step.step.run) if is_patch(step.step.run) else step.recorded.command
    yield from (typed.text or "" for typed in step.recorded.inputs)


def _joined(texts: Sequence[str]) -> tuple[str, list[int]]:
    """All texts as one, and where each of them ends in it."""
    ends, end = [], -1
    for text in texts:
        end += len(text) + 1
        ends.append(end)
    return "\n".join(texts), ends


def _beginnings(text: str) -> dict[str, None]:
    """What values that stand in the text may begin with, each once: one character and up to those of a short hash."""
    places = {place for found in _BEGINS.finditer(text) for place in found.span()}
    return dict.fromkeys(text[at : at + size] for at in sorted(places) for size in range(1, SHORTEST_HASH + 1))
