"""Finds where, in what a step printed, each line of its dialogue was typed (pure)."""

from collections import deque
from collections.abc import Iterator, Sequence

from capture.printable import plain_text
from capture.trace import Input

_LAST_LINE = 4096
"""Bytes at the end of an output that its last line is read from, as while it was recorded."""


class Dialogue:
    """The lines that were typed into one step, in order, each to be found behind the prompt that it answered.

    Args:
        inputs: What was typed.
    """

    def __init__(self, inputs: Sequence[Input]) -> None:
        self._left = deque(inputs)
        self._since = b""
        # A program that reads before it has printed anything has shown no prompt.
        self._waiting = self._left.popleft() if self._left and not self._left[0].prompt else None

    def printed(self, data: bytes) -> Iterator[bytes | Input]:
        """Take output.

        Args:
            data: The next piece of it.

        Yields:
            The piece in its order, cut where a line was typed: the line comes with what was printed next, its echo.
        """
        while data:
            if self._waiting is not None:
                yield self._waiting
                self._waiting, self._since = None, b""
            end = self._prompt_end(data)
            if end is None:
                self._since = (self._since + data)[-_LAST_LINE:]
                yield data
                return
            yield data[:end]
            data = data[end:]
            self._waiting = self._left.popleft()

    def ended(self) -> Iterator[Input]:
        """Lines that nothing was printed behind, or whose prompt was not found."""
        if self._waiting is not None:
            yield self._waiting
        yield from self._left
        self._waiting = None
        self._left.clear()

    def _prompt_end(self, data: bytes) -> int | None:
        """Bytes up to where the next line was typed; None when it was not in this piece."""
        if not self._left:
            return None
        prompt, whole = self._left[0].prompt, self._since + data
        sought = prompt.encode("utf-8", "surrogateescape")
        at = whole.find(sought) if sought else -1
        while at >= 0:
            end = at + len(sought)
            if end > len(self._since) and _last_line(whole[:end]) == prompt:
                return end - len(self._since)
            at = whole.find(sought, at + 1)
        return len(data) if _last_line(whole) == prompt else None


def _last_line(data: bytes) -> str:
    return plain_text(data[-_LAST_LINE:]).rpartition("\n")[2]
