"""Masks the output of a whole recording: as strict as while recording, and each byte that stays keeps its time."""

from collections import deque
from collections.abc import Iterator
from itertools import takewhile

from capture.protocols import Tape
from capture.secrets.redaction import Redactor
from capture.secrets.streaming import StreamRedactor

PIECE = 1 << 16
"""Bytes that are masked at once at most."""


class MaskedOutput:
    """Writes output to a tape once it is known what of it is secret.

    A secret that was printed letter by letter is masked too, because a line is looked at whole.

    Args:
        tape: Takes what is left.
        redactor: Knows secrets.
    """

    def __init__(self, tape: Tape, redactor: Redactor) -> None:
        self._tape = tape
        self._stream = StreamRedactor(redactor)
        self._waiting: deque[tuple[int, bytes]] = deque()
        self._size = 0

    def write(self, data: bytes, at_us: int) -> None:
        """Take output."""
        for start in range(0, len(data), PIECE):
            piece = data[start : start + PIECE]
            self._waiting.append((at_us, piece))
            self._size += len(piece)
            self._put(self._stream.feed(piece))

    def settle(self) -> int:
        """Write all that waits; returns where the tape stands then."""
        self._put(self._stream.flush())
        return self._tape.offset

    def _put(self, masked: bytes) -> None:
        """Write what some of the waiting bytes have become."""
        pieces = list(self._take(self._size - self._stream.held))
        raw = b"".join(data for _, data in pieces)
        if raw == masked:
            for at_us, data in pieces:
                self._tape.write(data, at_us)
            return
        before = _alike(raw, masked)
        after = min(_alike(raw[::-1], masked[::-1]), len(raw) - before, len(masked) - before)
        at = 0
        for at_us, data in pieces:
            end = at + len(data)
            self._tape.write(data[: max(0, before - at)], at_us)
            if at <= before < end or (before == end == len(raw)):
                # The mask is there from the moment when the secret began.
                self._tape.write(masked[before : len(masked) - after], at_us)
            self._tape.write(data[max(0, len(raw) - after - at) :], at_us)
            at = end

    def _take(self, count: int) -> Iterator[tuple[int, bytes]]:
        """So many of the waiting bytes."""
        self._size -= count
        while count:
            at_us, data = self._waiting.popleft()
            if len(data) > count:
                self._waiting.appendleft((at_us, data[count:]))
                data = data[:count]
            count -= len(data)
            yield at_us, data


def _alike(one: bytes, other: bytes) -> int:
    """How many bytes both begin with."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))
