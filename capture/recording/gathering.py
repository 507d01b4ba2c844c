"""What a program prints, kept within bounds: all of it, or its beginning and its end."""

import re
from collections import deque

KEPT_BYTES = 512 << 10
"""Raw output that is kept of the beginning, and again of the end."""
_LAST_LINE_BYTES = 4096


class Gathered:
    """Output within bounds: all of it, or its beginning and its end."""

    def __init__(self) -> None:
        self.size = 0
        """Bytes that came."""
        self._head = bytearray()
        self._tail: deque[bytes] = deque()
        self._tail_size = 0

    def add(self, data: bytes) -> None:
        """Take more."""
        self.size += len(data)
        room = KEPT_BYTES - len(self._head)
        if room > 0:
            self._head += data[:room]
            data = data[room:]
        if data:
            self._tail.append(data)
            self._tail_size += len(data)
            while self._tail_size - len(self._tail[0]) >= KEPT_BYTES:
                self._tail_size -= len(self._tail.popleft())

    def pieces(self) -> tuple[bytes, ...]:
        """All of it as one piece, or the beginning and the end as two."""
        tail = b"".join(self._tail)
        if len(self._head) + len(tail) == self.size:
            return (bytes(self._head) + tail,)
        return bytes(self._head), tail

    def drop_end(self, pattern: re.Pattern[bytes]) -> int:
        """Forget what the end matches.

        Args:
            pattern: Anchored at the end.

        Returns:
            How many bytes that were.
        """
        pieces = self.pieces()
        match = pattern.search(pieces[-1], max(0, len(pieces[-1]) - _LAST_LINE_BYTES))
        if match is None:
            return 0
        if len(pieces) == 1:
            whole = pieces[0][: match.start()]
            self.size, self._head, self._tail, self._tail_size = 0, bytearray(), deque(), 0
            self.add(whole)
        else:
            self._tail, self._tail_size = deque([pieces[1][: match.start()]]), match.start()
            self.size -= len(match[0])
        return len(match[0])

    def drop_start(self, pattern: re.Pattern[bytes]) -> int:
        """Forget what the beginning matches.

        Args:
            pattern: Anchored at the beginning.

        Returns:
            How many bytes that were.
        """
        match = pattern.match(self._head)
        length = match.end() if match else 0
        del self._head[:length]
        self.size -= length
        return length

    def holds(self, data: bytes, at: int) -> bool:
        """Whether this stands in the beginning that is kept.

        Args:
            data: What is looked for.
            at: How many bytes came before it.

        Returns:
            True only where it stands just there.
        """
        return self._head.startswith(data, at)

    def drop(self, start: int, length: int) -> None:
        """Forget something in the beginning that is kept.

        Args:
            start: How many bytes came before it.
            length: Bytes.
        """
        del self._head[start : start + length]
        self.size -= length

    def last_bytes(self) -> bytes:
        """Enough of the end to hold the last line."""
        tail = b""
        for piece in reversed(self._tail):
            tail = piece + tail
            if len(tail) >= _LAST_LINE_BYTES:
                return tail[-_LAST_LINE_BYTES:]
        return bytes(self._head[-(_LAST_LINE_BYTES - len(tail)) :]) + tail
