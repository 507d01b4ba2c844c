"""Turns a recording into asciicast, so that any asciinema player can show it."""

import codecs
import json
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from typing import Literal, NamedTuple

import msgspec

from capture.events import Frame
from capture.printable import printable
from capture.trace import Run, Step, StepStatus

Version = Literal[2, 3]
"""Versions 2 (absolute times, what most players read) and 3 (intervals)."""

_MICROSECONDS = 1_000_000


class _Event(NamedTuple):
    at_us: int
    code: str
    data: str


class _Mark(NamedTuple):
    offset: int
    at_us: int
    label: str


def to_asciicast(head: Run, frames: Iterable[Frame], steps: Sequence[Step], version: Version) -> Iterator[str]:
    """One recording as the lines of an asciicast file.

    Args:
        head: The run.
        frames: Its terminal recording, in order.
        steps: Its steps; each start and each end becomes a marker.
        version: Of the format.

    Yields:
        JSON lines without their line ends, the header first.
    """
    told_apart = () if head.unsegmented else steps
    yield _line({**_header(head, version), **_commands(head, steps)})
    last = 0
    for event in _events(_changing(head, frames), deque(_marks(head, told_apart))):
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


def _commands(head: Run, steps: Sequence[Step]) -> dict[str, object]:
    """What the labels of markers can't hold, under our own name in the header: commands of several lines."""
    if head.unsegmented:
        return {"command": steps[0].command} if steps and steps[0].command else {}
    return {"replaybook": {"commands": [step.command for step in steps]}} if steps else {}


def _changing(head: Run, frames: Iterable[Frame]) -> Iterator[Frame]:
    """The frames without sizes that the screen has already."""
    size = head.columns, head.rows
    for frame in frames:
        if frame.resize is None:
            yield frame
        elif frame.resize != size:
            size = frame.resize
            yield frame


def _marks(head: Run, steps: Sequence[Step]) -> Iterator[_Mark]:
    """Start and end of each step, where they stand in the output."""
    for step in steps:
        begun = round((step.started_at - head.started_at).total_seconds() * _MICROSECONDS)
        first_line = label(step.command)
        yield _Mark(step.output_start, begun, first_line)
        if step.status is not StepStatus.PARTIAL:
            ended = begun + round(step.duration_ms * 1000)
            yield _Mark(step.output_end, ended, f"end: {first_line} ({step.signal or f'exit {step.exit_code}'})")


def label(command: str) -> str:
    """What the marker at a step's begin says: the first line of its command."""
    return printable(command.strip().split("\n", 1)[0])


def _events(frames: Iterable[Frame], marks: deque[_Mark]) -> Iterator[_Event]:
    """Output cut at the marks: the offset is exact, while clocks of shell and host may differ a little."""
    # A character may be cut by a frame's end: its first bytes wait for the rest.
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    at_us = offset = 0
    for frame in frames:
        before, at_us, data = at_us, max(at_us, frame.at_us), frame.data
        if frame.resize is not None:
            yield _Event(at_us, "r", "{}x{}".format(*frame.resize))
        while data and marks and marks[0].offset < offset + len(data):
            mark = marks.popleft()
            cut = max(0, mark.offset - offset)
            if text := decoder.decode(data[:cut]):
                yield _Event(at_us, "o", text)
            offset, data = offset + cut, data[cut:]
            before = at_us if cut else before
            before = min(at_us, max(before, mark.at_us))
            yield _Event(before, "m", mark.label)
        if text := decoder.decode(data):
            yield _Event(at_us, "o", text)
        offset += len(data)
    if rest := decoder.decode(b"", final=True):
        yield _Event(at_us, "o", rest)
    for mark in marks:
        yield _Event(max(at_us, mark.at_us), "m", mark.label)


def _line(value: object) -> str:
    """JSON that a terminal can be shown: what steers one, or can't be seen, stands there by its number."""
    text = msgspec.json.encode(value).decode()
    if printable(text) == text:
        return text
    return "".join(sign if printable(sign) == sign else json.dumps(sign)[1:-1] for sign in text)
