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
    name = f"{tell.__module__}.{tell.__qualname__}"

    @wraps(tell)
    def told(analysis: Analysis) -> T:
        known: dict[str, T] = analysis.__dict__
        if name not in known:
            known[name] = tell(analysis)
        return known[name]

    return told
