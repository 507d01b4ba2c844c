"""Keeps with an analysis what was told of it: passes ask the same of each command again and again."""

from collections.abc import Callable
from functools import wraps
from typing import TypeVar

from replay.syntax.values import Analysis

T = TypeVar("T")


def kept(tell: Callable[[Analysis], T]) -> Callable[[Analysis], T]:
    """The function, asked once of each analysis.

    Args:
        tell: What it says depends on nothing but the analysis, and nobody changes it.
    """

    @wraps(tell)
    def told(analysis: Analysis) -> T:
        known: dict[Callable[[Analysis], T], T] = analysis.__dict__.setdefault("kept", {})
        if tell not in known:
            known[tell] = tell(analysis)
        return known[tell]

    return told
