"""Turns a recording into asciicast, so that any asciinema player can show it."""

import codecs
import json
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from typing import Literal, NamedTuple

import msgspec

from capture.events import Frame
from capture.printable import printable
from capture.tape.dialogue import Dialogue
from capture.trace import Input, Run, Step, StepStatus

Version = Literal[2, 3]
"""Versions 2 (absolute times, what most players read) and 3 (intervals)."""

HIDDEN = "••••••••\r"
"""What stands for a line that was typed without being shown."""
_MICROSECONDS = 1_000_000


class _Event(NamedTuple):
    at_us: int
    code: str
    data: str


class _Mark(NamedTuple):
    offset: int
    at_us: int
    label: str
    over: int
    """How many steps are over behind it."""


class _Piece(NamedTuple):
    """Output between two marks."""

    at_us: int
    offset: int
    data: bytes


def to_asciicast(head: Run, frames: Iterable[Frame], steps: Sequence[Step], version: Version) -> Iterator[str]:
    """One recording as the lines of an asciicast file.

    Args:
        head: The run.
        frames: Its terminal recording, in order.
        steps: Its steps; each start and each end becomes a marker, and what was typed into them input.
        version: Of the format.

    Yields:
        JSON lines without their line ends, the header first.
    """
    told_apart = () if head.unsegmented else steps
    yield _line({**_header(head, version), **_commands(head, steps)})
    last = 0
    pieces = _pieces(_changing(head, frames), deque(_marks(head, told_apart)))
    for event in _decoded(_with_dialogue(pieces, steps)):
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
    for number, step in enumerate(steps):
        begun = round((step.started_at - head.started_at).total_seconds() * _MICROSECONDS)
        first_line = label(step.command)
        yield _Mark(step.output_start, begun, first_line, number)
        if step.status is not StepStatus.PARTIAL:
            ended = begun + round(step.duration_ms * 1000)
            how = step.signal or f"exit {step.exit_code}"
            yield _Mark(step.output_end, ended, f"end: {first_line} ({how})", number + 1)


def label(command: str) -> str:
    """What the marker at a step's begin says: the first line of its command."""
    return printable(command.strip().split("\n", 1)[0])


def _pieces(frames: Iterable[Frame], marks: deque[_Mark]) -> Iterator[_Event | _Mark | _Piece]:
    """Output cut at the marks: the offset is exact, while clocks of shell and host may differ a little."""
    at_us = offset = 0
    for frame in frames:
        before, at_us, data = at_us, max(at_us, frame.at_us), frame.data
        if frame.resize is not None:
            yield _Event(at_us, "r", "{}x{}".format(*frame.resize))
        while data and marks and marks[0].offset < offset + len(data):
            mark = marks.popleft()
            cut = max(0, mark.offset - offset)
            if cut:
                yield _Piece(at_us, offset, data[:cut])
            offset, data = offset + cut, data[cut:]
            before = at_us if cut else before
            before = min(at_us, max(before, mark.at_us))
            yield mark._replace(at_us=before)
        if data:
            yield _Piece(at_us, offset, data)
        offset += len(data)
    for mark in marks:
        at_us = max(at_us, mark.at_us)
        yield mark._replace(at_us=at_us)


def _with_dialogue(
    pieces: Iterable[_Event | _Mark | _Piece], steps: Sequence[Step]
) -> Iterator[_Event | _Mark | _Piece]:
    """What was typed into each step, before what was printed next."""
    dialogues = deque((step.output_start, step.output_end, Dialogue(step.inputs)) for step in steps)
    at_us, left = 0, len(steps)

    def over(count: int) -> Iterator[_Event]:
        while len(dialogues) > left - count:
            yield from (_typed(at_us, one) for one in dialogues.popleft()[2].ended())

    for piece in pieces:
        at_us = piece.at_us
        if isinstance(piece, _Mark):
            yield from over(piece.over)
        while isinstance(piece, _Piece) and dialogues and dialogues[0][1] <= piece.offset:
            yield from over(left - len(dialogues) + 1)
        if isinstance(piece, _Piece) and dialogues and dialogues[0][0] <= piece.offset:
            offset = piece.offset
            for part in dialogues[0][2].printed(piece.data):
                if isinstance(part, bytes):
                    yield _Piece(at_us, offset, part)
                    offset += len(part)
                else:
                    yield _typed(at_us, part)
        else:
            yield piece
    yield from over(left)


def _typed(at_us: int, line: Input) -> _Event:
    """One line as the keys that it was typed with; of a secret, that there was one."""
    return _Event(at_us, "i", HIDDEN if line.text is None else line.text.replace("\n", "\r"))


def _decoded(pieces: Iterable[_Event | _Mark | _Piece]) -> Iterator[_Event]:
    # A character may be cut by a piece's end: its first bytes wait for the rest.
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    at_us = 0
    for piece in pieces:
        match piece:
            case _Piece(at_us, _, data):
                if text := decoder.decode(data):
                    yield _Event(at_us, "o", text)
            case _Mark():
                yield _Event(piece.at_us, "m", piece.label)
            case _Event():
                yield piece
    if rest := decoder.decode(b"", final=True):
        yield _Event(at_us, "o", rest)


def _line(value: object) -> str:
    """JSON that a terminal can be shown: what steers one, or can't be seen, stands there by its number."""
    text = msgspec.json.encode(value).decode()
    if printable(text) == text:
        return text
    return "".join(sign if printable(sign) == sign else json.dumps(sign)[1:-1] for sign in text)
