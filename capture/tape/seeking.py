"""Finds any moment of a recording by halving its index, and reads what lies between two: neither is ever read whole."""

import os
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple, overload
from zlib import crc32

from capture.errors import UnknownNameError
from capture.events import Frame
from capture.home import Home
from capture.tape.writer import INDEX, INDEX_RECORD, RAW, TRACE

PIECE = 64 << 10
"""Most bytes that are handed out at once."""
RECORDS_AT_ONCE = 1024
_SIZE = slice(INDEX_RECORD.size - 4, None)  # columns and rows end a record
_SAMPLE = 4096


class Record(NamedTuple):
    """One record of the index."""

    at_us: int
    """Microseconds since the run began."""
    end: int
    """Offset behind the last byte."""
    columns: int = 0
    """Width from here on; 0 for output."""
    rows: int = 0
    """Height from here on; 0 for output."""


class Position(NamedTuple):
    """A place in a recording: what lies before it is what the screen there is made of."""

    records: int
    """Records of the index whose resizes lie before it."""
    offset: int
    """Bytes of output before it."""


START = Position(0, 0)
"""Before everything."""


def position_at(records: Sequence[Record], at_us: int) -> Position:
    """The place behind all that had come by a moment.

    Args:
        records: Times never fall.
        at_us: Microseconds since the run began.
    """
    count = bisect_right(records, at_us, key=lambda record: record.at_us)
    return Position(count, records[count - 1].end if count else 0)


def position_of(records: Sequence[Record], offset: int) -> Position:
    """The place behind so many bytes, before any resize that came right after them.

    Args:
        records: Ends never fall.
        offset: Of the first byte that is not before it, as a step's `output_start`.
    """
    count = bisect_left(records, offset, key=lambda record: record.end)
    return Position(count, min(offset, records[-1].end if records else 0))


class Index(Sequence[Record]):
    """The index on disk as it was when it was opened; bytes that a crash left without a record count as one more."""

    def __init__(self, descriptor: int, size: int) -> None:
        """Read nothing yet.

        Args:
            descriptor: Of the index, open for reading.
            size: Bytes of output that there are.
        """
        self._descriptor, self._size = descriptor, size
        self.whole = os.fstat(descriptor).st_size // INDEX_RECORD.size
        """Records in the file; a torn last one is not counted."""
        last = self._read(self.whole - 1) if self.whole else Record(0, 0)
        self._rest = [] if last.end >= size else [Record(last.at_us, size)]

    def __len__(self) -> int:
        return self.whole + len(self._rest)

    @overload
    def __getitem__(self, at: int) -> Record: ...
    @overload
    def __getitem__(self, at: slice) -> list[Record]: ...
    def __getitem__(self, at: int | slice) -> Record | list[Record]:
        if isinstance(at, slice):
            return [self[number] for number in range(*at.indices(len(self)))]
        number = at + len(self) if at < 0 else at
        if not 0 <= number < len(self):
            raise IndexError(at)
        return self._read(number) if number < self.whole else self._rest[0]

    def sizes(self, first: int, behind: int) -> list[tuple[int, Record]]:
        """The resizes among some neighbouring records, with their numbers."""
        data = os.pread(self._descriptor, (behind - first) * INDEX_RECORD.size, first * INDEX_RECORD.size)
        if not any(any(data[byte :: INDEX_RECORD.size]) for byte in range(*_SIZE.indices(INDEX_RECORD.size))):
            return []
        found = enumerate(map(self._record, INDEX_RECORD.iter_unpack(data)), first)
        return [(number, record) for number, record in found if record.columns and record.rows]

    def _read(self, number: int) -> Record:
        data = os.pread(self._descriptor, INDEX_RECORD.size, number * INDEX_RECORD.size)
        return self._record(INDEX_RECORD.unpack(data))

    def _record(self, values: tuple[int, int, int, int]) -> Record:
        at_us, end, columns, rows = values
        return Record(at_us, min(end, self._size), columns, rows)


class Recording:
    """The terminal recording of one run, as far as it went when it was opened."""

    def __init__(self, folder: Path) -> None:
        """Open the files.

        Args:
            folder: The run's.

        Raises:
            OSError: A file is not there.
        """
        self.folder = folder
        """The run's."""
        self._raw = os.open(folder / RAW, os.O_RDONLY | os.O_CLOEXEC)
        try:
            self._index = os.open(folder / INDEX, os.O_RDONLY | os.O_CLOEXEC)
        except OSError:
            os.close(self._raw)
            raise
        self.size = os.fstat(self._raw).st_size
        """Bytes of output."""
        self.index = Index(self._index, self.size)
        """When which of them came."""

    @property
    def duration_us(self) -> int:
        """Microseconds up to the last thing that happened."""
        return self.index[-1].at_us if self.index else 0

    @property
    def end(self) -> Position:
        """Behind everything."""
        return Position(len(self.index), self.size)

    @property
    def identity(self) -> str:
        """Differs for any other recording: what is kept of one is checked against it."""
        whole, index = os.fstat(self._raw), os.fstat(self._index)
        ends = crc32(os.pread(self._raw, _SAMPLE, max(0, self.size - _SAMPLE)), crc32(os.pread(self._raw, _SAMPLE, 0)))
        return f"{self.size}.{self.index.whole}.{whole.st_mtime_ns}.{index.st_mtime_ns}.{ends:08x}"

    def at(self, at_us: int) -> Position:
        """The place behind all that had come by a moment."""
        return position_at(self.index, at_us)

    def of(self, offset: int) -> Position:
        """The place behind so many bytes."""
        return position_of(self.index, offset)

    def time(self, position: Position) -> int:
        """When the last thing before a place came, in microseconds."""
        if not self.index:
            return 0
        inside = position.records < len(self.index) and position.offset > self._end(position.records)
        return self.index[max(position.records - (not inside), 0)].at_us

    def next_time(self, position: Position) -> int | None:
        """When the next thing behind a place came; None at the end."""
        return self.index[position.records].at_us if position.records < len(self.index) else None

    def between(self, start: Position, end: Position) -> Iterator[tuple[Position, Frame]]:
        """What happened between two places, output and resizes in order.

        Args:
            start: From here.
            end: Up to here; not before `start`.

        Yields:
            What happened, with the place behind it; the frames' times are left out.
        """
        number, offset = start
        while number < end.records or offset < end.offset:
            behind = min(number + RECORDS_AT_ONCE, end.records, self.index.whole)
            for at, record in self.index.sizes(number, behind) if number < behind else ():
                yield from self._output(number, offset, record.end)
                number, offset = at + 1, max(offset, record.end)
                yield Position(number, offset), Frame(at_us=0, data=b"", resize=(record.columns, record.rows))
            last = behind >= min(end.records, self.index.whole)
            upto = end.offset if last else self._end(behind)
            yield from self._output(number, offset, upto)
            number, offset = (end.records if last else behind), max(offset, upto)

    def close(self) -> None:
        """Let go of the files."""
        os.close(self._raw)
        os.close(self._index)

    def _end(self, count: int) -> int:
        """Where the output of so many records ends."""
        return self.index[count - 1].end if count else 0

    def _output(self, number: int, start: int, end: int) -> Iterator[tuple[Position, Frame]]:
        while start < end and (data := os.pread(self._raw, min(PIECE, end - start), start)):
            start += len(data)
            yield Position(number, start), Frame(at_us=0, data=data)


def open_recording(home: Home, run_id: str) -> Recording:
    """Open the terminal recording of a run.

    Args:
        home: Where it is kept.
        run_id: Whole.

    Returns:
        As far as it goes now; close it.

    Raises:
        UnknownNameError: No such run, or its recording is gone.
    """
    folder = home.run_folder(run_id)
    if not run_id or "/" in run_id or not (folder / TRACE).is_file():
        raise UnknownNameError(f"no run {run_id}; `replaybook runs` lists them")
    try:
        return Recording(folder)
    except OSError as error:
        raise UnknownNameError(f"run {run_id} has no terminal recording: {error.filename} can't be opened") from error
