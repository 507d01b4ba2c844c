"""Writes a run down, append-only and unbuffered: what was written survives the death of this process."""

import os
import struct
from pathlib import Path

import msgspec

from capture.events import Event
from capture.home import PRIVATE_FILE, PRIVATE_FOLDER

INDEX_RECORD = struct.Struct("<QQHH")
"""Microseconds, offset behind the last byte, and columns and rows where they changed (else 0)."""
GATHERED = 1 << 20
"""Bytes that a `GatheringWriter` keeps back at most."""
RAW, INDEX, TRACE, LOCK = "terminal.raw", "terminal.idx", "trace.ndjson", "host.lock"

_flush = getattr(os, "fdatasync", os.fsync)


class TapeWriter:
    """The files of one run.

    Args:
        folder: The run's folder; made when missing.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)
        self._raw, self._index, self._trace = (_append_to(folder / name) for name in (RAW, INDEX, TRACE))
        self._encoder = msgspec.json.Encoder()
        self._named = False
        self._folder = folder

    @property
    def offset(self) -> int:
        """Bytes of terminal output so far."""
        # Asked of the file: other processes may write the same run, one at a time.
        return os.fstat(self._raw).st_size

    def write(self, data: bytes, at_us: int) -> None:
        """Append terminal output."""
        if data:
            _write_all(self._raw, data)
            self._append(self._index, INDEX_RECORD.pack(at_us, self.offset, 0, 0))

    def resize(self, columns: int, rows: int, at_us: int) -> None:
        """Note a new size."""
        self._append(self._index, INDEX_RECORD.pack(at_us, self.offset, columns, rows))

    def event(self, event: Event) -> None:
        """Append one event."""
        self.line(self.encoded(event))

    def encoded(self, event: Event) -> bytes:
        """An event as `line` takes it."""
        return self._encoder.encode(event) + b"\n"

    def line(self, line: bytes) -> None:
        """Append one event that is a line already."""
        self._append(self._trace, line)

    def sync(self) -> None:
        """Force bytes and events onto the disk; of the index only times would be lost."""
        for descriptor in (self._raw, self._trace):
            _flush(descriptor)
        if not self._named:
            # A file that was flushed is lost all the same when its name was not.
            self._named = True
            for folder in (self._folder, self._folder.parent):
                _flush_folder(folder)

    def close(self) -> None:
        """Write no more."""
        for descriptor in (self._raw, self._index, self._trace):
            os.close(descriptor)

    def _append(self, descriptor: int, record: bytes) -> None:
        """Append a record whole or not at all: half of one would swallow the next."""
        written = 0
        try:
            while written < len(record):
                written += os.write(descriptor, record[written:] if written else record)
        except OSError:
            # Whoever else writes this file waits until this one is done.
            os.ftruncate(descriptor, os.fstat(descriptor).st_size - written)
            raise


class GatheringWriter(TapeWriter):
    """A tape that is worth something only once it is whole: it is written in large pieces, and by nobody else.

    Args:
        folder: As of `TapeWriter`.
    """

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self._pieces: dict[int, list[bytes]] = {self._raw: [], self._index: [], self._trace: []}
        self._waiting = 0
        self._written = super().offset

    @property
    def offset(self) -> int:
        """Bytes of terminal output so far."""
        return self._written

    def write(self, data: bytes, at_us: int) -> None:
        """Append terminal output."""
        if data:
            self._written += len(data)
            self._append(self._raw, data)
            self._append(self._index, INDEX_RECORD.pack(at_us, self._written, 0, 0))

    def sync(self) -> None:
        """Write what waits, and force it onto the disk."""
        self._put()
        super().sync()

    def close(self) -> None:
        """Write what waits, and no more."""
        try:
            self._put()
        finally:
            super().close()

    def _append(self, descriptor: int, record: bytes) -> None:
        self._pieces[descriptor].append(record)
        self._waiting += len(record)
        if self._waiting > GATHERED:
            self._put()

    def _put(self) -> None:
        # What a full disk does not take waits on: whoever tries again leaves no gap.
        for descriptor, pieces in self._pieces.items():
            super()._append(descriptor, b"".join(pieces))
            pieces.clear()
        self._waiting = 0


def _append_to(path: Path) -> int:
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, PRIVATE_FILE)


def _flush_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _write_all(descriptor: int, data: bytes) -> None:
    written = os.write(descriptor, data)
    while written < len(data):
        written += os.write(descriptor, data[written:])
