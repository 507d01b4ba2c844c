"""Merges two changes of the same text, three ways."""

from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher

import msgspec


class Conflict(msgspec.Struct, frozen=True, kw_only=True):
    """Where both changed the same lines, or lines that touch."""

    line: int
    """Of the base, counted from 1."""
    base: list[str]
    ours: list[str]
    theirs: list[str]


def merge(base: Sequence[str], ours: Sequence[str], theirs: Sequence[str]) -> list[str] | Conflict:
    """Both changes in one text.

    Args:
        base: What both began with.
        ours: One change of it.
        theirs: The other.

    Returns:
        The merged lines, or the first place where they can't be told apart.
    """
    merged: list[str] = []
    at_base = at_ours = at_theirs = 0
    for in_base, in_ours, in_theirs, size in _unchanged(base, ours, theirs):
        before, one, two = base[at_base:in_base], ours[at_ours:in_ours], theirs[at_theirs:in_theirs]
        if one in (before, two):
            merged += two
        elif before == two:
            merged += one
        else:
            return Conflict(line=at_base + 1, base=list(before), ours=list(one), theirs=list(two))
        merged += base[in_base : in_base + size]
        at_base, at_ours, at_theirs = in_base + size, in_ours + size, in_theirs + size
    return merged


def _unchanged(base: Sequence[str], ours: Sequence[str], theirs: Sequence[str]) -> Iterator[tuple[int, int, int, int]]:
    """Runs of lines that both left alone: where they begin in each text, and how long; an empty one at the end."""
    one = SequenceMatcher(None, base, ours, autojunk=False).get_matching_blocks()
    two = SequenceMatcher(None, base, theirs, autojunk=False).get_matching_blocks()
    left = right = 0
    while left < len(one) and right < len(two):
        a, b = one[left], two[right]
        start, end = max(a.a, b.a), min(a.a + a.size, b.a + b.size)
        if start < end:
            yield start, a.b + start - a.a, b.b + start - b.a, end - start
        if a.a + a.size < b.a + b.size:
            left += 1
        else:
            right += 1
    yield len(base), len(ours), len(theirs), 0
