"""Checks what a program gives, where a wrong value would make a run that nobody can read (pure)."""

import math
import re
from collections.abc import Mapping
from typing import Any

from capture.errors import BadInputError

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def text_of(what: str, given: Any) -> str:
    """A text as it is written down.

    Args:
        what: It is, for people.
        given: By the program.

    Returns:
        The same as it is `shown`.

    Raises:
        BadInputError: It is no text.
    """
    if not isinstance(given, str):
        raise BadInputError(f"{what} is a text, not {type(given).__name__}; give it as str")
    return given if given.isascii() else shown(given)


def shown(text: str) -> str:
    """A text that can be written as UTF-8: what stands for bytes that are none is told by its number."""
    return text.encode("utf-8", "backslashreplace").decode()


def variables_of(given: Mapping[str, str]) -> dict[str, str]:
    """Environment variables that a command can be given.

    Raises:
        BadInputError: A name is none, or a value is no text without NUL.
    """
    for name, value in given.items():
        if not isinstance(name, str) or _NAME.fullmatch(name) is None:
            raise BadInputError(f"{name!r} is no name of a variable; give letters, digits and _")
        if not isinstance(value, str) or "\0" in value:
            raise BadInputError(f"the value of {name} is {_told(value)}; give a str without NUL")
    return dict(given)


def milliseconds(given: float) -> float:
    """A duration.

    Raises:
        BadInputError: It is none.
    """
    if not isinstance(given, int | float) or not math.isfinite(given) or given < 0:
        raise BadInputError(f"duration_ms is {given!r}; give milliseconds from 0")
    return given


def number_of(what: str, given: Any) -> int | None:
    """A whole number, or None where nobody knows.

    Raises:
        BadInputError: It is neither.
    """
    if given is not None and (not isinstance(given, int) or isinstance(given, bool)):
        raise BadInputError(f"{what} is a whole number, not {given!r}; give an int, or nothing")
    return given


def _told(value: object) -> str:
    return "a text with NUL" if isinstance(value, str) else f"of type {type(value).__name__}"
