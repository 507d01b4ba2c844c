"""Writes a closed run anew where a masking was undone: masks replaced, and every offset moved along."""

import os
import shutil
from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import accumulate
from pathlib import Path

import msgspec

from capture.events import Event, StepEnded, StepStarted
from capture.home import PRIVATE_FILE, PRIVATE_FOLDER, UNFINISHED, UNMASKED
from capture.secrets.streaming import Mask
from capture.tape.writer import INDEX, INDEX_RECORD, LOCK, RAW, TRACE

_PARTIAL = f"{UNFINISHED}{UNMASKED}"
_PIECE = 1 << 20


def unmask(folder: Path, masks: Sequence[Mask], events: Mapping[int, Event]) -> None:
    """Replace masks in a run that nobody writes any more; it is the old one or the new one, whatever happens.

    Args:
        folder: The run's.
        masks: Those of the terminal recording to take back, in order.
        events: Line of the trace, counted from 0, to what stands there from now on.
    """
    moved = _moves(masks)
    partial = folder / _PARTIAL
    shutil.rmtree(partial, ignore_errors=True)
    try:
        partial.mkdir(mode=PRIVATE_FOLDER)
        _write(partial / RAW, _raw(folder / RAW, masks))
        _write(partial / INDEX, _index(folder / INDEX, moved))
        _write(partial / TRACE, _trace(folder / TRACE, events, moved))
        if (folder / LOCK).exists():
            # Who looks there must see that the host still lives.
            (partial / LOCK).hardlink_to(folder / LOCK)
        _sync(partial)
        # All are whole by now: what ends here leaves the masked run as it was, and what ends behind, the new one.
        partial.rename(folder / UNMASKED)
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        raise
    _sync(folder)
    settle(folder)


def settle(folder: Path) -> None:
    """Put the files that count into their usual place; goes on where another process was killed in doing so.

    Args:
        folder: The run's.
    """
    unmasked = folder / UNMASKED
    if not unmasked.is_dir():
        return
    for name in (RAW, INDEX, TRACE):
        # Linked, not moved: the folder counts, whole, until everything stands beside it.
        link = folder / f"{name}.part"
        link.unlink(missing_ok=True)
        link.hardlink_to(unmasked / name)
        link.replace(folder / name)
        # It stays where both names are of one file already.
        link.unlink(missing_ok=True)
    _sync(folder)
    shutil.rmtree(folder / _PARTIAL, ignore_errors=True)
    shutil.rmtree(unmasked.rename(folder / _PARTIAL))


def _moves(masks: Sequence[Mask]) -> Callable[[int], int]:
    ends = [mask.offset + mask.length for mask in masks]
    grown = [0, *accumulate(len(mask.secret) - mask.length for mask in masks)]
    return lambda offset: offset + grown[bisect_right(ends, offset)]


def _raw(path: Path, masks: Sequence[Mask]) -> Iterator[bytes]:
    with path.open("rb") as file:
        for mask in masks:
            yield from _up_to(mask.offset - file.tell(), file.read)
            file.seek(mask.length, os.SEEK_CUR)
            yield mask.secret
        while piece := file.read(_PIECE):
            yield piece


def _up_to(size: int, read: Callable[[int], bytes]) -> Iterator[bytes]:
    while size > 0 and (piece := read(min(size, _PIECE))):
        size -= len(piece)
        yield piece


def _index(path: Path, moved: Callable[[int], int]) -> Iterator[bytes]:
    with path.open("rb") as file:
        while len(record := file.read(INDEX_RECORD.size)) == INDEX_RECORD.size:
            at_us, offset, columns, rows = INDEX_RECORD.unpack(record)
            yield INDEX_RECORD.pack(at_us, moved(offset), columns, rows)


def _trace(path: Path, events: Mapping[int, Event], moved: Callable[[int], int]) -> Iterator[bytes]:
    decode = msgspec.json.Decoder(Event).decode
    with path.open("rb") as file:
        for number, line in enumerate(file):
            event = events.get(number)
            yield msgspec.json.encode(_moved(decode(line) if event is None else event, moved)) + b"\n"


def _moved(event: Event, moved: Callable[[int], int]) -> Event:
    match event:
        case StepStarted():
            return msgspec.structs.replace(event, output_start=moved(event.output_start))
        case StepEnded(step=step):
            start, end = moved(step.output_start), moved(step.output_end)
            return StepEnded(step=msgspec.structs.replace(step, output_start=start, output_end=end))
        case _:
            return event


def _write(target: Path, pieces: Iterator[bytes]) -> None:
    descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE_FILE)
    with os.fdopen(descriptor, "wb") as file:
        file.writelines(pieces)
        file.flush()
        os.fsync(file.fileno())


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
