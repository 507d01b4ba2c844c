"""Pairs the steps of two records of the same work: as many and as alike as possible, in the order of both."""

from collections.abc import Callable, Sequence
from difflib import SequenceMatcher
from functools import lru_cache
from typing import TypeAlias, TypeVar

_FARTHEST = 400
"""Steps between two aligned ones that are compared with each other."""

Pairs: TypeAlias = list[tuple[int, int]]
T = TypeVar("T")
Likeness: TypeAlias = Callable[[T, T], float]
"""How alike two steps are, 0 for other work."""


def in_order(first: Sequence[T], other: Sequence[T], likeness: Likeness[T]) -> Pairs:
    """Pairs of steps that are the same work.

    Args:
        first: Steps.
        other: Those of the other record.
        likeness: How alike two of them are, 0 for other work.

    Returns:
        Their places in both, rising in both.
    """
    front = 0
    while front < min(len(first), len(other)) and likeness(first[front], other[front]):
        front += 1
    back = 0
    while back < min(len(first), len(other)) - front and likeness(first[-1 - back], other[-1 - back]):
        back += 1
    ours, theirs = first[front : len(first) - back], other[front : len(other) - back]
    tail = [(len(first) - 1 - at, len(other) - 1 - at) for at in reversed(range(back))]
    middle = _best(ours, theirs, likeness) if len(ours) <= _FARTHEST and len(theirs) <= _FARTHEST else []
    return [(at, at) for at in range(front)] + [(front + at, front + to) for at, to in middle] + tail


@lru_cache(maxsize=4096)
def ratio(one: str, two: str) -> float:
    """How much of two texts is the same, 0 to 1."""
    return SequenceMatcher(None, one, two, autojunk=False).ratio()


def _best(first: Sequence[T], other: Sequence[T], likeness: Likeness[T]) -> Pairs:
    """The longest common row of steps, weighed by likeness."""
    best = [[0.0] * (len(other) + 1) for _ in range(len(first) + 1)]
    for at in reversed(range(len(first))):
        for to in reversed(range(len(other))):
            alike = likeness(first[at], other[to])
            paired = alike + best[at + 1][to + 1] if alike else 0.0
            best[at][to] = max(paired, best[at + 1][to], best[at][to + 1])
    pairs: Pairs = []
    at = to = 0
    while at < len(first) and to < len(other):
        if best[at][to] == best[at + 1][to]:
            at += 1
        elif best[at][to] == best[at][to + 1]:
            to += 1
        else:
            pairs.append((at, to))
            at, to = at + 1, to + 1
    return pairs
