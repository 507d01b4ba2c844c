"""Writes a closed run anew where a masking was undone: masks replaced, and every offset moved along."""

import os
from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import accumulate
from pathlib import Path

import msgspec

from capture.events import Event, StepEnded, StepStarted
from capture.home import PRIVATE_FILE
from capture.secrets.redaction import Mask
from capture.tape.writer import INDEX, INDEX_RECORD, RAW, TRACE

_PIECE = 1 << 20


def unmask(folder: Path, masks: Sequence[Mask], events: Mapping[int, Event]) -> None:
    """Replace masks in a run that nobody writes any more.

    Args:
        folder: The run's.
        masks: Those of the terminal recording to take back, in order.
        events: Line of the trace, counted from 0, to what stands there from now on.
    """
    moved = _moves(masks)
    made = [
        _written(folder / RAW, _raw(folder / RAW, masks)),
        _written(folder / INDEX, _index(folder / INDEX, moved)),
        _written(folder / TRACE, _trace(folder / TRACE, events, moved)),
    ]
    # All are whole by now: a full disk leaves the masked run as it was.
    for target, partial in made:
        partial.replace(target)


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


def _written(target: Path, pieces: Iterator[bytes]) -> tuple[Path, Path]:
    partial = target.with_name(f"{target.name}.part")
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, PRIVATE_FILE)
    with os.fdopen(descriptor, "wb") as file:
        file.writelines(pieces)
        file.flush()
        os.fsync(file.fileno())
    return target, partial
