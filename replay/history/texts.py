"""Two texts of two runs, held against each other line by line: what is known to vary is no difference (pure)."""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from difflib import SequenceMatcher
from itertools import zip_longest
from typing import NamedTuple

import msgspec

from replay.matching import masks
from replay.matching.lines import counted

MOST_PAIRS = 4_000_000
"""Lines that are held against each other: above that, all between the first and the last difference is told."""
SHOWN = 200
"""Lines of a difference that are told."""


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """A text, and what is known of the run that it comes from."""

    text: str
    values: Mapping[str, str] = {}
    """What the names that are known stood for there."""
    moment: datetime | None = None
    """When it came about."""
    hints: frozenset[str] = frozenset()
    """What kind of command printed it (`masks.HINT_…`)."""


class Line(msgspec.Struct, frozen=True):
    """One line, as it came and with all that may vary taken out."""

    raw: str
    pattern: str


def lines_of(seen: Seen) -> list[Line]:
    """The lines that count."""
    raw = counted(seen.text)
    whole = _lifted("\n".join(raw), seen).split("\n") if raw else []
    # A value of several lines leaves fewer of them.
    patterns = whole if len(whole) == len(raw) else [_lifted(line, seen) for line in raw]
    return [Line(line, pattern) for line, pattern in zip(raw, patterns, strict=True)]


def _lifted(text: str, seen: Seen) -> str:
    return masks.lifted(text, seen.values, moment=seen.moment, hints=seen.hints)


def difference(one: Seen, two: Seen, *, unordered: bool = False) -> str:
    """Only what differs, as a unified diff without context.

    Args:
        one: The first text.
        two: The other one.
        unordered: Lines may come in any order.

    Returns:
        Lines that begin with `@@`, `-` and `+`; empty where both are the same up to what is known to vary.
    """
    first, other = lines_of(one), lines_of(two)
    if unordered and sorted(line.pattern for line in first) == sorted(line.pattern for line in other):
        return ""
    told: list[str] = []
    for start, end, begin, stop in _stretches(first, other, one.values, two.values):
        told.append(f"@@ -{_place(start, end)} +{_place(begin, stop)} @@")
        told += [f"-{line.raw}" for line in first[start:end]]
        told += [f"+{line.raw}" for line in other[begin:stop]]
    more = len(told) - SHOWN
    return "\n".join([*told[:SHOWN], *([f"@@ {more} more lines @@"] if more > 0 else [])])


class Beside(NamedTuple):
    """A line of one text, and the one that stands for it in the other."""

    one: str | None
    """None: the other one has more."""
    two: str | None
    same: bool
    """Up to what is known to vary."""


def beside(one: Seen, two: Seen) -> tuple[Beside, ...]:
    """Two texts line by line, those that belong together in one row.

    Args:
        one: The first text.
        two: The other one.
    """
    lines, others = lines_of(one), lines_of(two)
    first, other = [line.raw for line in lines], [line.raw for line in others]
    found: list[Beside] = []
    at = to = 0
    ends = (len(first), len(first), len(other), len(other))
    for start, end, begin, stop in (*_stretches(lines, others, one.values, two.values), ends):
        found += [Beside(*pair, same=True) for pair in zip(first[at:start], other[to:begin], strict=True)]
        found += [Beside(*pair, same=False) for pair in zip_longest(first[start:end], other[begin:stop])]
        at, to = end, stop
    return tuple(found)


def same_line(one: Line, two: Line, values: Mapping[str, str], others: Mapping[str, str]) -> bool:
    """Whether two lines are the same up to what is known to vary.

    Args:
        one: A line.
        two: The other one.
        values: What names stood for where the first came from.
        others: The same of the other.
    """
    return one.pattern == two.pattern or _takes(one.pattern, two.raw, others) or _takes(two.pattern, one.raw, values)


def _takes(pattern: str, raw: str, values: Mapping[str, str]) -> bool:
    """Whether a line with something that varies, as the masks read it once, is what came the other time."""
    names = {piece.text for piece in masks.pieces(pattern) if piece.is_name}
    known = names <= {*masks.VALUES, *values}
    return bool(names) and known and re.fullmatch(masks.pattern(pattern, values), raw) is not None


def _stretches(
    first: Sequence[Line], other: Sequence[Line], values: Mapping[str, str], others: Mapping[str, str]
) -> Iterator[tuple[int, int, int, int]]:
    """Where they part: lines [start, end) of the first and [begin, stop) of the other."""
    front = 0
    while front < min(len(first), len(other)) and same_line(first[front], other[front], values, others):
        front += 1
    back = 0
    most = min(len(first), len(other)) - front
    while back < most and same_line(first[-1 - back], other[-1 - back], values, others):
        back += 1
    ours, theirs = first[front : len(first) - back], other[front : len(other) - back]
    if not ours and not theirs:
        return
    if len(ours) * len(theirs) > MOST_PAIRS:
        yield front, front + len(ours), front, front + len(theirs)
        return
    patterns = [line.pattern for line in ours], [line.pattern for line in theirs]
    for tag, start, end, begin, stop in SequenceMatcher(None, *patterns, autojunk=False).get_opcodes():
        paired = end - start == stop - begin
        alike = paired and all(
            same_line(one, two, values, others) for one, two in zip(ours[start:end], theirs[begin:stop], strict=True)
        )
        if tag != "equal" and not alike:
            yield front + start, front + end, front + begin, front + stop


def _place(start: int, end: int) -> str:
    """A stretch of lines as a unified diff writes it."""
    count = end - start
    if count == 1:
        return str(start + 1)
    return f"{start + 1 if count else start},{count}"
