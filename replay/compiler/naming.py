"""Names a value by what stands before it: an option, a variable, a label."""

import re
from collections.abc import Iterable

from replay import template
from replay.matching import masks

_KEY = re.compile(r"([A-Za-z][\w-]*)[\"']?\s*[:=]\s*[\"']?$")
_OPTION = re.compile(r"--([A-Za-z][\w-]+)(?:=.*)?", re.DOTALL)
_LONGEST = 24


def name_of(place: template.Place, start: int) -> str:
    """What a command calls the value that stands in a word.

    Args:
        place: The word.
        start: Where in it the value begins.

    Returns:
        A name, or empty when nothing there is one: `--since DAY`, `SINCE=DAY`, `since: DAY`.
    """
    line = place.word[:start].rpartition("\n")[2]
    key = _KEY.search(line)
    if key:
        return _as_name(key[1])
    variable = re.fullmatch(r"(\w+)=", place.before)
    if variable and not line:
        return _as_name(variable[1])
    option = _OPTION.fullmatch(place.before)
    return _as_name(option[1]) if option and "=" not in place.before and not line else ""


def label_before(prompt: str) -> str:
    """What a question calls its answer: `Name: `, `Your name? `."""
    found = re.search(r"([A-Za-z][\w-]*)\s*(?:\([^)]*\)|\[[^\]]*\])?\s*[:=?>]*\s*$", prompt)
    return _as_name(found[1]) if found else ""


def said_of(command: str, value: str) -> str:
    """What a command calls a value that stands somewhere in it; empty when nothing there is a name."""
    stands = masks.value_at(value)
    for place in template.words(command):
        found = stands.search(place.word)
        said = name_of(place, found.start()) if found else ""
        if said and said not in masks.NAMES:
            return said
    return ""


class Names:
    """Names that are taken.

    Args:
        taken: Those that are so from the beginning.
    """

    def __init__(self, taken: Iterable[str]) -> None:
        self._taken = set(taken)
        self._next: dict[str, int] = {}

    def free(self, label: str) -> str:
        """The label, with a number behind it when it is taken."""
        if label not in self._taken:
            return label
        number = self._next.get(label, 2)
        while f"{label}_{number}" in self._taken:
            number += 1
        self._next[label] = number
        return f"{label}_{number}"

    def take(self, name: str) -> None:
        """No one else gets it."""
        self._taken.add(name)


def free_name(label: str, taken: Iterable[str]) -> str:
    """The label, with a number behind it when it is taken."""
    return Names(taken).free(label)


def _as_name(word: str) -> str:
    name = re.sub(r"\W+", "_", word.lower()).strip("_")
    return name if len(name) <= _LONGEST and re.fullmatch(r"[a-z_][a-z0-9_]*", name) else ""
