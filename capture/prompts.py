"""Finds where a command begins and ends in the byte stream; marks without the session's nonce are plain output."""

import re
from collections.abc import Iterator
from enum import StrEnum

import msgspec

_ESCAPE = b"\x1b"
_INTRODUCER = b"\x1b]133;"
_LONGEST_MARK = 128
_MARK = re.compile(
    rb"\x1b\]133;([BMCDEU]);([^;\x07\x1b]+)"
    rb";([0-9]{1,18})(?:;(?:([0-9]{1,9})|([0-9]{10,12}[.,][0-9]{6}))?)?\x07"
)
"""Whoever's mark: compiled with the nonce, it would cost each session more than all of its marks."""


class MarkKind(StrEnum):
    """What a mark says; the letters are those of OSC 133 where it has one."""

    PROMPT = "B"
    """The prompt stands: the line editor takes what is typed now."""
    MORE = "M"
    """The command is not complete: the shell asks for another line."""
    BEGAN = "C"
    """Output of a command begins."""
    SETTLED = "E"
    """The command's own output has ended; what follows is of the user's hooks and of the shell."""
    ENDED = "D"
    """Output of a command has ended."""
    UNFIT = "U"
    """This shell is too old to be recorded."""


class Mark(msgspec.Struct, frozen=True):
    """One mark of our own shell integration."""

    kind: MarkKind
    """What it says."""
    seq: int
    """Counts prompts: the marks of one command carry the same number."""
    status: int | None = None
    """Exit status, of an end."""
    at: float | None = None
    """Seconds since the epoch, of a beginning whose mark is all that is said of it."""


class Output(msgspec.Struct, frozen=True):
    """Bytes that a program, the shell or the terminal's echo printed."""

    data: bytes
    """As they came."""


class MarkParser:
    """Splits a terminal's byte stream at our own marks, whatever the sizes of its pieces.

    Args:
        nonce: The secret that every true mark carries.
    """

    def __init__(self, nonce: str) -> None:
        self._nonce = nonce.encode()
        self._held = b""

    def feed(self, data: bytes) -> Iterator[Output | Mark]:
        """Take the next piece of the stream.

        Args:
            data: Any number of bytes.

        Yields:
            Output and marks in order; the beginning of what may become a mark is held back.
        """
        if self._held:
            data = self._held + data
            self._held = b""
        start = 0
        for match in _MARK.finditer(data) if _ESCAPE in data else ():
            kind, nonce, seq, status, at = match.groups()
            if nonce != self._nonce:
                continue
            if match.start() > start:
                yield Output(data[start : match.start()])
            yield Mark(
                MarkKind(kind.decode()),
                int(seq),
                None if status is None else int(status),
                # Its decimal point is the locale's.
                None if at is None else float(at.replace(b",", b".")),
            )
            start = match.end()
        end = self._beginning_of_mark(data, start)
        self._held = data[end:]
        if end > start:
            yield Output(data[start:end])

    def flush(self) -> bytes:
        """What was held back, as it will not become a mark any more."""
        held, self._held = self._held, b""
        return held

    @staticmethod
    def _beginning_of_mark(data: bytes, start: int) -> int:
        """Where a mark may have begun that has not ended; the end of the data when nowhere."""
        escape = data.rfind(b"\x1b", max(start, len(data) - _LONGEST_MARK))
        if escape < 0:
            return len(data)
        tail = data[escape:]
        may_become_one = tail[: len(_INTRODUCER)] == _INTRODUCER[: len(tail)] and b"\x07" not in tail
        return escape if may_become_one else len(data)
