"""What was typed into a program of another tool's recording: a line that never showed on the screen is a secret."""

import re
from collections.abc import Callable

from capture.dialogue import TypedLines
from capture.printable import plain_text
from capture.trace import Input

_KEPT = 16 << 10
_ASKS_FOR_SECRET = re.compile(r"pass(?:word|phrase|code)|\bPIN\b", re.IGNORECASE)
"""Prompts of programs that take the answer without showing it; a short one may turn up in the output by chance."""
_KEY = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|O[A-Za-z]|[^\[O])?")
"""Arrows, bracketed paste and the like: they are no text."""


class TypedInto:
    """Lines typed into one step; whether they were shown is known only by what is printed afterwards."""

    def __init__(self) -> None:
        self._lines = TypedLines()
        self._shown = bytearray()
        self._waiting: Input | None = None

    def printed(self, data: bytes) -> None:
        """Take output."""
        if (self._waiting is not None or self._lines.begun) and len(self._shown) < _KEPT:
            self._shown += data[:_KEPT]

    def keys(self, text: str, prompt: Callable[[], str]) -> list[Input]:
        """Take keystrokes.

        Args:
            text: As they came.
            prompt: Gives the last line of output.

        Returns:
            The lines that are whole by now.
        """
        found: list[Input] = []
        for key in _KEY.sub("", text):
            if not self._lines.begun:
                found += self.ended()
                self._lines.begin(prompt(), secret=False)
            typed = self._lines.key(key)
            if typed is not None:
                self._waiting = typed
        return found

    def ended(self) -> list[Input]:
        """The last whole line, now that all was printed that could show it."""
        typed, shown = self._waiting, plain_text(bytes(self._shown))
        self._waiting = None
        self._shown.clear()
        if typed is None:
            return []
        text = (typed.text or "").rstrip("\n\x04")
        if text.strip() and (_ASKS_FOR_SECRET.search(typed.prompt) or text.strip() not in shown):
            return [Input(prompt=typed.prompt, text=None, secret=True)]
        return [typed]
