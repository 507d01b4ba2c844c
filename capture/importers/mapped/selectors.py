"""Paths into JSON values, as a mapping file writes them.

tool.name           the key `name` of the object under `tool`
calls[0].id         the first of a list; [-1] the last
content[*].text     all of them
"a.b".c             a key that holds a dot
^.ts                of the whole record, where a rule looks at `each` of its parts
=bash               not a path: this text
"""

import re
from typing import NamedTuple

EACH = "[*]"
"""All of a list."""
_PART = re.compile(r'(?P<key>[^.\[\]"^=\s][^.\[\]"]*)|"(?P<quoted>[^"]+)"|\[(?P<index>-?\d{1,6}|\*)\]')


class Selector(NamedTuple):
    """A path, or a text that stands for itself."""

    parts: tuple[str | int, ...] = ()
    """Keys and indexes; `EACH` is one of them only behind `is_each`."""
    each: frozenset[int] = frozenset()
    """Which parts mean all of a list."""
    outer: bool = False
    """Whether it begins at the whole record."""
    constant: str | None = None


def read_selector(text: str) -> Selector:
    """Read one.

    Raises:
        ValueError: It is none; says why.
    """
    if text.startswith("="):
        return Selector(constant=text[1:])
    outer = text == "^" or text.startswith("^.")
    rest = text[2:] if outer else text
    if text in ("^", "."):
        return Selector(outer=outer)
    parts: list[str | int] = []
    each: set[int] = set()
    at = 0
    while at < len(rest):
        found = _PART.match(rest, at)
        if found is None:
            raise ValueError(f"{text!r} is no path: {rest[at:]!r} can't stand there")
        if found["index"] == "*":
            each.add(len(parts))
        parts.append(_part(found))
        at = found.end()
        if at < len(rest) and rest[at] != "[":
            if rest[at] != "." or at + 1 == len(rest):
                raise ValueError(f"{text!r} is no path: {rest[at:]!r} can't stand there")
            at += 1
    if not parts:
        raise ValueError("an empty path; `.` is the whole")
    return Selector(tuple(parts), frozenset(each), outer)


def select(selector: Selector, value: object, record: object) -> object:
    """What stands there.

    Args:
        selector: Where.
        value: In what.
        record: The whole record.

    Returns:
        None where nothing stands; a list where it has `[*]`.
    """
    if selector.constant is not None:
        return selector.constant
    at = record if selector.outer else value
    if selector.each:
        return _within(selector, 0, at)
    # Asked many times of each line of a log: most paths are one or two keys.
    for part in selector.parts:
        if type(part) is str and type(at) is dict:  # noqa: SIM108 - two short lines read better
            at = at.get(part)
        else:
            at = _step(part, at)
        if at is None:
            return None
    return at


def _within(selector: Selector, first: int, value: object) -> object:
    for at in range(first, len(selector.parts)):
        if at in selector.each:
            members = value if isinstance(value, list) else []
            found = [_within(selector, at + 1, one) for one in members]
            return [one for one in found if one is not None] or None
        value = _step(selector.parts[at], value)
        if value is None:
            return None
    return value


def _step(part: str | int, value: object) -> object:
    if isinstance(part, int):
        there = isinstance(value, list) and -len(value) <= part < len(value)
        return value[part] if there and isinstance(value, list) else None
    return value.get(part) if isinstance(value, dict) else None


def _part(found: re.Match[str]) -> str | int:
    index = found["index"]
    if index is not None:
        return EACH if index == "*" else int(index)
    return found["quoted"] or found["key"].rstrip()
