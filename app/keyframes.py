"""States of the emulator along a recording, kept beside the run: a jump restores the nearest one and feeds the rest."""

import os
import time
from bisect import bisect_right
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Self
from zlib import compress, crc32, decompress
from zlib import error as ZlibError  # noqa: N812 - the library's own name is `error`

import msgspec

from app.emulator import Emulator
from capture.events import Frame
from capture.home import PRIVATE_FILE
from capture.tape.seeking import START, Position, Recording

KEYFRAMES = "terminal.keyframes"
"""Beside the recording; can be deleted at any time."""
VERSION = 1
MAGIC = b"RBKEYS\r\n"
LEAST_COLUMNS, MOST_COLUMNS, MOST_ROWS = 2, 1000, 500
"""A recording may claim any size; an emulator's memory grows with it."""
SPACING_S = 0.004
"""Processor time that feeding from one to the next takes."""
SHARE = 4
"""Feeding takes so many times longer than writing a keyframe down: a huge screen gets fewer."""
ALLOWANCE = 16 << 20
"""All of them may take so many bytes more than the recording itself."""
WORTH_BYTES, WORTH_RECORDS = 1 << 20, 20_000
"""A recording with less is fed from its start in no time."""
_FOOTER = len(MAGIC) + 16


class Keyframe(msgspec.Struct, frozen=True, array_like=True):
    """One state, and where it stands in the file."""

    records: int
    """Index records before it."""
    offset: int
    """Bytes of output before it."""
    start: int
    """Of its bytes in the file."""
    length: int
    """Of its bytes in the file."""
    checksum: int
    """CRC-32 of them."""


class _Table(msgspec.Struct, frozen=True):
    """What stands behind the keyframes."""

    version: int
    engine: str
    identity: str
    frames: list[Keyframe]


class Keyframes:
    """Those of one recording: read from their file, or growing while they are made."""

    def __init__(self, descriptor: int, frames: list[Keyframe] | None = None) -> None:
        """Take over an open file.

        Args:
            descriptor: Closed with this.
            frames: What it holds.
        """
        self._descriptor = descriptor
        self._frames = frames or []
        self.size = sum(frame.length for frame in self._frames)
        """Bytes that they take."""
        self.damaged = 0
        """How many could not be read back."""

    def __len__(self) -> int:
        return len(self._frames)

    def add(self, position: Position, snapshot: bytes) -> None:
        """Put one behind the last."""
        data = compress(snapshot, 1)
        start = self.size
        _write_all(self._descriptor, data, start)
        self.size += len(data)
        self._frames.append(Keyframe(*position, start, len(data), crc32(data)))

    def before(self, position: Position) -> tuple[Position, bytes] | None:
        """The last one at or before a place that can be read back; None where only the start is left."""
        for frame in reversed(self._frames[: self._count(position)]):
            data = os.pread(self._descriptor, frame.length, frame.start)
            with suppress(ZlibError):
                if crc32(data) == frame.checksum:
                    return Position(frame.records, frame.offset), decompress(data)
            self.damaged += 1
        return None

    def place(self, position: Position) -> Position:
        """Where the last one at or before a place stands, without reading it."""
        count = self._count(position)
        return Position(self._frames[count - 1].records, self._frames[count - 1].offset) if count else START

    def _count(self, position: Position) -> int:
        """How many stand at or before a place; another thread may put more behind them meanwhile."""
        by_offset = bisect_right(self._frames, position.offset, key=lambda frame: frame.offset)
        by_record = bisect_right(self._frames, position.records, key=lambda frame: frame.records)
        return min(by_offset, by_record)

    def seal(self, *, identity: str, engine: str) -> None:
        """Write the table down: from here on the file can be opened again."""
        table = msgspec.msgpack.encode(_Table(VERSION, engine, identity, self._frames))
        ends = len(table).to_bytes(8, "big") + crc32(table).to_bytes(8, "big")
        _write_all(self._descriptor, table + ends + MAGIC, self.size)

    def close(self) -> None:
        """Let go of the file."""
        os.close(self._descriptor)

    @classmethod
    def load(cls, path: Path, *, identity: str, engine: str) -> Self | None:
        """Open what was kept.

        Args:
            path: Their file.
            identity: Of the recording that they must be of.
            engine: Of the emulator that they must be of.

        Returns:
            None when there is none, it is torn, or another's; such a file is deleted.
        """
        try:
            descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        except OSError:
            return None
        table = _table(descriptor)
        if table is not None and (table.version, table.engine, table.identity) == (VERSION, engine, identity):
            return cls(descriptor, table.frames)
        os.close(descriptor)
        with suppress(OSError):
            path.unlink()
        return None


def _table(descriptor: int) -> _Table | None:
    size = os.fstat(descriptor).st_size
    footer = os.pread(descriptor, _FOOTER, max(0, size - _FOOTER))
    if len(footer) < _FOOTER or not footer.endswith(MAGIC):
        return None
    length, checksum = int.from_bytes(footer[:8], "big"), int.from_bytes(footer[8:16], "big")
    data = os.pread(descriptor, min(length, size), max(0, size - _FOOTER - length))
    with suppress(msgspec.DecodeError):
        if crc32(data) == checksum:
            return msgspec.msgpack.decode(data, type=_Table)
    return None


def feed(emulator: Emulator, frame: Frame) -> None:
    """Let one thing happen to the screen."""
    if frame.resize is None:
        emulator.feed(frame.data)
        return
    columns, rows = frame.resize
    emulator.resize(min(max(columns, LEAST_COLUMNS), MOST_COLUMNS), min(max(rows, 1), MOST_ROWS))


def make(
    recording: Recording,
    emulator: Emulator,
    keyframes: Keyframes,
    *,
    tell: Callable[[float], bool],
    clock: Callable[[], float] = time.thread_time,
) -> None:
    """Go through a recording once and leave a keyframe wherever feeding has taken long enough.

    Args:
        recording: All of it is fed.
        emulator: New.
        keyframes: Get longer.
        tell: Takes the part that is done, 0 to 1; False stops the work.
        clock: Seconds of this thread's processor time, so that a busy machine makes no more of them.
    """
    began, written = clock(), 0.0
    for position, frame in recording.between(START, recording.end):
        feed(emulator, frame)
        now = clock()
        if now - began < max(SPACING_S, SHARE * written) or keyframes.size > ALLOWANCE + position.offset:
            continue
        if (snapshot := emulator.snapshot()) is not None:
            keyframes.add(position, snapshot)
        began = clock()
        written = began - now
        if not tell(position.offset / max(recording.size, 1)):
            return


def worth(recording: Recording) -> bool:
    """Whether a recording is long enough to want keyframes."""
    return recording.size >= WORTH_BYTES or len(recording.index) >= WORTH_RECORDS


def part_beside(path: Path) -> tuple[int, Path]:
    """A new private file in which keyframes grow; what a killed process left of its own is removed.

    Args:
        path: What it is to become.

    Raises:
        OSError: The folder can't be written.
    """
    for left in path.parent.glob(f"{path.name}.*.part"):
        with suppress(OSError):
            left.unlink()
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    return os.open(part, os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, PRIVATE_FILE), part


def _write_all(descriptor: int, data: bytes, at: int) -> None:
    view = memoryview(data)
    while view:
        done = os.pwrite(descriptor, view, at)
        view, at = view[done:], at + done
