"""Where the bytes and the times of a tape are once stretches of it are taken out or replaced (pure)."""

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate
from typing import NamedTuple

from capture.events import Frame


class Splice(NamedTuple):
    """A stretch of the tape that something else takes the place of."""

    start: int
    """Offset of its first byte."""
    end: int
    """Offset behind its last byte."""
    put: bytes = b""
    """What stands there instead."""


class Gap(NamedTuple):
    """A stretch of time that is taken out; microseconds since the run began."""

    start: int
    end: int


class Index(NamedTuple):
    """When each byte of the tape came."""

    ends: "array[int]"
    times: "array[int]"

    def at(self, offset: int) -> int:
        """Microseconds when the byte before an offset came; the first frame's for the beginning."""
        if not self.ends:
            return 0
        return self.times[min(bisect_left(self.ends, offset), len(self.ends) - 1)]


class Offsets:
    """Where the bytes of a tape lie once it is spliced.

    Args:
        splices: Sorted, none over another.
    """

    def __init__(self, splices: Sequence[Splice]) -> None:
        self._splices = splices
        self._starts = [splice.start for splice in splices]
        self._moved = [0, *accumulate(len(one.put) - (one.end - one.start) for one in splices)]

    def moved(self, offset: int) -> int:
        """The new offset; what lay inside a splice lies behind what was put there."""
        behind = bisect_left(self._starts, offset)
        if behind and offset < (last := self._splices[behind - 1]).end:
            return last.start + len(last.put) + self._moved[behind - 1]
        return offset + self._moved[behind]


class Times:
    """What times become once gaps are taken out.

    Args:
        gaps: Sorted, none over another.
    """

    def __init__(self, gaps: Sequence[Gap]) -> None:
        self._gaps = gaps
        self._starts = [gap.start for gap in gaps]
        self._taken = [0, *accumulate(gap.end - gap.start for gap in gaps)]

    @property
    def lead(self) -> int:
        """How much is taken away from the very beginning."""
        return self._gaps[0].end if self._gaps and self._gaps[0].start <= 0 else 0

    def moved(self, at_us: int) -> int:
        """The new time; what lay inside a gap comes when the gap began."""
        behind = bisect_right(self._starts, at_us)
        if behind and at_us < (last := self._gaps[behind - 1]).end:
            return last.start - self._taken[behind - 1]
        return at_us - self._taken[behind]


def indexed(frames: Iterable[Frame]) -> tuple[Index, int]:
    """When each byte came, and how many there are."""
    index, size = Index(array("Q"), array("Q")), 0
    for frame in frames:
        if frame.data:
            size += len(frame.data)
            index.ends.append(size)
            index.times.append(frame.at_us)
    return index, size


def size_of(frames: Iterable[Frame]) -> int:
    """Bytes of a tape."""
    return sum(len(frame.data) for frame in frames)


def size_at(frames: Iterable[Frame], size: tuple[int, int]) -> tuple[int, int]:
    """The terminal's size when the first byte comes."""
    for frame in frames:
        if frame.data:
            break
        size = frame.resize or size
    return size


def united(splices: Iterable[Splice]) -> list[Splice]:
    """Neighbours that put nothing as one."""
    found: list[Splice] = []
    for splice in splices:
        if splice.end <= splice.start:
            continue
        if found and found[-1].end >= splice.start:
            found[-1] = Splice(found[-1].start, max(found[-1].end, splice.end))
        else:
            found.append(splice)
    return found


def spliced(frames: Iterable[Frame], splices: Sequence[Splice]) -> Iterator[Frame]:
    """Frames with stretches of their bytes replaced; one that is left empty goes."""
    waiting, offset = list(reversed(splices)), 0
    for frame in frames:
        if not frame.data:
            yield frame
            continue
        start, offset = offset, offset + len(frame.data)
        pieces: list[bytes] = []
        at = start
        while waiting and waiting[-1].start < offset:
            splice = waiting[-1]
            if splice.start >= start:
                pieces += (frame.data[at - start : splice.start - start], splice.put)
            at = min(splice.end, offset)
            if splice.end > offset:
                break
            waiting.pop()
        pieces.append(frame.data[at - start :])
        if data := b"".join(pieces):
            yield Frame(at_us=frame.at_us, data=data)


def retimed(frames: Iterable[Frame], times: Times) -> Iterator[Frame]:
    """Frames at their new times."""
    for frame in frames:
        yield Frame(at_us=times.moved(frame.at_us), data=frame.data, resize=frame.resize)
