"""Names a value by what stands before it: an option, a variable, a label."""

import re

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


def free_name(label: str, taken: set[str]) -> str:
    """The label, with a number behind it when it is taken."""
    if label not in taken:
        return label
    return next(name for number in range(2, len(taken) + 3) if (name := f"{label}_{number}") not in taken)


def _as_name(word: str) -> str:
    name = re.sub(r"\W+", "_", word.lower()).strip("_")
    return name if len(name) <= _LONGEST and re.fullmatch(r"[a-z_][a-z0-9_]*", name) else ""
