"""Tells in one pass over a text which of many regular expressions may find something in it.

RE2 looks for all of them at once. It knows no lookarounds, so that each one is looked for without its own, and with its
repetitions unbounded: what is left finds all that the whole one does, and a little more.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Any

import re2

_MEMORY = 64 * 1024 * 1024
_OTHERWISE = re.compile(r"[^\x00-\x0a\x0c-\x1b\x20-\x7f]")
"""Characters that `re` and RE2 don't agree on: whether they are space, a digit, a part of a word."""
_PART = re.compile(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|\((?:\?(?:[=!]|<[=!]))?|\)|.", re.DOTALL)
_BOUNDED = re.compile(r"\{(\d+),\d+\}")
_CODE = re.compile(r"\\u([0-9a-f]{4})")


class Likely:
    """Regular expressions that are looked for all at once.

    Args:
        expressions: In the syntax of `re`, as compiled with `re.MULTILINE`; no backreferences.
    """

    def __init__(self, expressions: Sequence[str]) -> None:
        options = re2.Options()
        options.max_mem = _MEMORY
        options.log_errors = False
        self._all = range(len(expressions))
        self._set: Any = re2.Set.SearchSet(options)
        for expression in expressions:
            self._set.Add(f"(?m:{relaxed(expression)})")
        self._set.Compile()

    def within(self, text: str) -> Sequence[int]:
        """Which of them may match somewhere.

        Args:
            text: Any.

        Returns:
            Indices, ascending; none of those left out matches.
        """
        if _OTHERWISE.search(text):
            return self._all
        return sorted(self._set.Match(text) or ())


def relaxed(expression: str) -> str:
    """The expression without lookarounds and upper bounds: wherever it matches, so does what is left of it."""
    return _CODE.sub(r"\\x{\1}", _BOUNDED.sub(r"{\1,}", "".join(_outside_lookarounds(expression))))


def _outside_lookarounds(expression: str) -> Iterator[str]:
    depth, inside = 0, 0
    for part in (found[0] for found in _PART.finditer(expression)):
        if part.startswith("("):
            depth += 1
            inside = inside or (depth if len(part) > 1 else 0)
        if not inside:
            yield part
        if part == ")":
            inside = 0 if inside == depth else inside
            depth -= 1
