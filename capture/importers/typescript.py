"""Reads typescripts of `script`, with the timing file that it wrote beside them (classic or advanced)."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import PurePosixPath
from typing import IO, NamedTuple

from capture.errors import BadInputError
from capture.importers.foreign import (
    Clock,
    Exited,
    Head,
    LeftOut,
    Moment,
    Printed,
    Recording,
    Resized,
    Typed,
    lines_of,
    side,
)

_BEGIN = re.compile(rb"Script started on ([^\[\n]*)(.*)\n")
_END = re.compile(rb"\r?\n?Script done on [^\n]*\n?\Z")
_ENTRY = re.compile(rb"(?:([IO]) )?\s*(-?\d{1,30}(?:[.,]\d{1,9})?) (\d{1,18})")
_NOTE = re.compile(rb"([HS]) (-?\d{1,30}(?:[.,]\d{1,9})?) ([A-Z_]+) ?(.*)")
_SIZE = {name: re.compile(rf'\b{name}="?(\d{{1,5}})') for name in ("COLUMNS", "COLS", "LINES", "ROWS")}
_STATUS = re.compile(r"-?\d{1,9}")
_NOTES = {"START_TIME", "COLUMNS", "LINES", "SHELL", "COMMAND", "INPUT_LOG", "OUTPUT_LOG", "EXIT_CODE"}
_PIECE = 1 << 16
_LONGEST_BEGIN = 1 << 16
_LONGEST_END = 1 << 10


class _Chunk(NamedTuple):
    """Bytes of the typescript."""

    delay: float
    typed: bool
    size: int
    where: str


class _Told(NamedTuple):
    """A signal, or something of the whole recording."""

    delay: float
    name: str
    value: str


def read_typescript(file: IO[bytes], name: str, timing: IO[bytes] | None, timing_name: str = "") -> Recording:
    """Read a typescript.

    Args:
        file: Seekable: what `script` wrote as its log of output, or of input and output.
        name: Of the file, for errors.
        timing: What it wrote with `--log-timing` or `-t`; None: when things happened stays unknown.
        timing_name: Of that file.

    Returns:
        Its head; its moments are read as they are asked for.

    Raises:
        BadInputError: It is no typescript, or the timing file is none.
    """
    left_out = LeftOut()
    first = file.readline(_LONGEST_BEGIN)
    begin = _BEGIN.fullmatch(first)
    if begin is None:
        raise BadInputError(f"{name} line 1 is not `Script started on …`: this is no typescript; give one of `script`")
    told = begin[2].decode("utf-8", "replace")
    head = Head(
        format="typescript",
        columns=_side(told, "COLUMNS", 80),
        rows=_side(told, "LINES", 24),
        started_at=_moment(begin[1].decode("utf-8", "replace").strip()),
        command=_command(told),
    )
    if timing is None:
        left_out.note("without a timing file (--timing) all output stands at the beginning")
        return Recording(head, _untimed(file), left_out)
    notes = _notes(timing, timing_name)
    timing.seek(0)
    entries = _entries(timing, timing_name, left_out)
    return Recording(_completed(head, notes), _timed(file, entries, notes, left_out), left_out)


def _notes(timing: IO[bytes], name: str) -> dict[str, str]:
    """What an advanced timing file says of the whole recording; some of it stands at its end."""
    notes: dict[str, str] = {}
    timed = False
    for entry in _entries(timing, name, LeftOut()):
        if isinstance(entry, _Chunk):
            timed = True
        elif entry.name in _NOTES:
            notes[entry.name] = entry.value
    if not timed:
        raise BadInputError(f"{name} holds no times of `script`; give the file of --log-timing or -t")
    return notes


def _completed(head: Head, notes: dict[str, str]) -> Head:
    """The head with what an advanced timing file knows better."""
    return head._replace(
        columns=_number(notes.get("COLUMNS"), head.columns),
        rows=_number(notes.get("LINES"), head.rows),
        command=notes.get("COMMAND") or head.command,
        shell=PurePosixPath(notes.get("SHELL", "")).name,
        started_at=_moment(notes.get("START_TIME", "")) or head.started_at,
    )


def _entries(timing: IO[bytes], name: str, left_out: LeftOut) -> Iterator[_Chunk | _Told]:
    for number, line in lines_of(timing, name):
        where = f"line {number} of the timing file"
        if entry := _ENTRY.fullmatch(line.strip()):
            yield _Chunk(_seconds(entry[2]), entry[1] == b"I", int(entry[3]), where)
        elif note := _NOTE.fullmatch(line):
            yield _Told(_seconds(note[2]), note[3].decode(), note[4].decode("utf-8", "replace").strip())
        elif line.strip():
            left_out.note("lines of the timing file that say no time are left out", where)


def _timed(
    file: IO[bytes], entries: Iterator[_Chunk | _Told], notes: dict[str, str], left_out: LeftOut
) -> Iterator[Moment]:
    clock = Clock(left_out)
    # Only a log of both, `--log-io`, holds what was typed; with a log of its own, that is in another file.
    typed_here = notes.get("INPUT_LOG") == notes.get("OUTPUT_LOG")
    for entry in entries:
        if isinstance(entry, _Told):
            clock.after(entry.delay, entry.name)
            if entry.name == "SIGWINCH":
                size = _side(entry.value, "COLS", 0), _side(entry.value, "ROWS", 0)
                if all(size):
                    yield Resized(clock.now_us, *size)
            continue
        clock.after(entry.delay, entry.where)
        if entry.typed and not typed_here:
            left_out.note("what was typed stands in another file, and is left out", entry.where)
            continue
        yield from _chunk(file, entry, clock.now_us, left_out)
    if _END.fullmatch(rest := file.read(_LONGEST_END)) is None and rest:
        left_out.note("the timing file ends before the typescript: the rest is left out")
    if _STATUS.fullmatch(status := notes.get("EXIT_CODE", "")) or (status := _status(rest)):
        yield Exited(clock.now_us, int(status))


def _chunk(file: IO[bytes], entry: _Chunk, at_us: int, left_out: LeftOut) -> Iterator[Moment]:
    left = entry.size
    while left and (data := file.read(min(left, _PIECE))):
        left -= len(data)
        yield Typed(at_us, data.decode("utf-8", "replace")) if entry.typed else Printed(at_us, data)
    if left:
        left_out.note("the typescript ends before the timing file", entry.where)


def _untimed(file: IO[bytes]) -> Iterator[Moment]:
    """All output, without the line that `script` adds at the end."""
    held = b""
    while data := file.read(_PIECE):
        held += data
        if len(held) > _LONGEST_END:
            yield Printed(0, held[:-_LONGEST_END])
            held = held[-_LONGEST_END:]
    end = _END.search(held)
    yield Printed(0, held[: end.start()] if end else held)
    if status := _status(held):
        yield Exited(0, int(status))


def _status(end: bytes) -> str:
    found = re.search(rb'COMMAND_EXIT_CODE="(\d{1,9})"\]\s*\Z', end)
    return found[1].decode() if found else ""


def _command(told: str) -> str | None:
    """The command that `script -c` ran; its quotes stand in the line as they are."""
    found = re.match(r'\[COMMAND="(.*)" (?:TERM=|<not executed)', told)
    return found[1] if found else None


def _seconds(text: bytes) -> float:
    # Some versions write the comma of the user's language.
    return float(text.replace(b",", b"."))


def _side(text: str, name: str, otherwise: int) -> int:
    # The recorded command stands before, and may hold the same words.
    found = _SIZE[name].findall(text)
    return side(int(found[-1]), otherwise) if found else otherwise


def _number(text: str | None, otherwise: int) -> int:
    return side(int(text), otherwise) if text and text.isascii() and text.isdigit() and len(text) < 6 else otherwise  # noqa: PLR2004 -- digits


def _moment(text: str) -> datetime | None:
    """The time as newer versions of `script` write it; None for older ones, which follow the user's language."""
    try:
        found = datetime.fromisoformat(text)
        return found.astimezone(UTC) if found.tzinfo else None
    except (ValueError, OverflowError):
        return None
