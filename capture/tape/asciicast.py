"""Turns a recording into asciicast, so that any asciinema player can show it."""

import codecs
import heapq
from collections.abc import Iterable, Iterator, Sequence
from typing import Literal, NamedTuple

import msgspec

from capture.events import Frame
from capture.printable import printable
from capture.trace import Run, Step

Version = Literal[2, 3]
"""Versions 2 (absolute times, what most players read) and 3 (intervals)."""

_MICROSECONDS = 1_000_000


class _Event(NamedTuple):
    at_us: int
    order: int
    code: str
    data: str


def to_asciicast(head: Run, frames: Iterable[Frame], steps: Sequence[Step], version: Version) -> Iterator[str]:
    """One recording as the lines of an asciicast file.

    Args:
        head: The run.
        frames: Its terminal recording, in order.
        steps: Its steps; each start becomes a marker.
        version: Of the format.

    Yields:
        JSON lines without their line ends, the header first.
    """
    yield _line(_header(head, version))
    last = 0
    for event in heapq.merge(_markers(head, steps), _output(frames), key=lambda event: (event.at_us, event.order)):
        at = max(last, event.at_us)
        time = at if version == 2 else at - last  # noqa: PLR2004 -- the version, not a quantity
        yield _line([time / _MICROSECONDS, event.code, event.data])
        last = at
    if version == 3 and steps and steps[-1].exit_code is not None:  # noqa: PLR2004 -- as above
        yield _line([0, "x", str(steps[-1].exit_code)])


def _header(head: Run, version: Version) -> dict[str, object]:
    size: dict[str, object] = (
        {"width": head.columns, "height": head.rows}
        if version == 2  # noqa: PLR2004 -- the version, not a quantity
        else {"term": {"cols": head.columns, "rows": head.rows}}
    )
    return {
        "version": version,
        **size,
        "timestamp": int(head.started_at.timestamp()),
        "title": printable(head.name),
        "env": {"SHELL": head.shell},
    }


def _markers(head: Run, steps: Sequence[Step]) -> Iterator[_Event]:
    for step in steps:
        begun = step.started_at - head.started_at
        at_us = max(0, round(begun.total_seconds() * _MICROSECONDS))
        first_line = step.command.strip().split("\n", 1)[0]
        yield _Event(at_us, 0, "m", printable(first_line))


def _output(frames: Iterable[Frame]) -> Iterator[_Event]:
    # A character may be cut by a frame's end: its first bytes wait for the rest.
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    at_us = 0
    for frame in frames:
        at_us = max(at_us, frame.at_us)
        if frame.resize is not None:
            yield _Event(at_us, 1, "r", "{}x{}".format(*frame.resize))
        if text := decoder.decode(frame.data):
            yield _Event(at_us, 1, "o", text)
    if rest := decoder.decode(b"", final=True):
        yield _Event(at_us, 1, "o", rest)


def _line(value: object) -> str:
    return msgspec.json.encode(value).decode()
