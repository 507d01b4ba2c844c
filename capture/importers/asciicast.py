"""Reads asciicast, versions 2 and 3, as asciinema and our own export write it."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import PurePosixPath
from typing import IO, Any

import msgspec

from capture.errors import BadInputError
from capture.importers.foreign import (
    Clock,
    Exited,
    Head,
    LeftOut,
    Marker,
    Moment,
    Printed,
    Recording,
    Resized,
    Typed,
    lines_of,
    side,
)

VERSIONS = (2, 3)
_SIZE = re.compile(r"(\d{1,5})x(\d{1,5})")
_END_MARKER = re.compile(rb'"m",\s*"end: .{0,4096} \((?:exit (?:\d+|None)|SIG[A-Z0-9+]+)\)"\]\s*\Z')
_STATUS = re.compile(r"-?\d{1,9}")
_decode_event = msgspec.json.Decoder(tuple[float, str, Any]).decode


def read_asciicast(file: IO[bytes], name: str, version: int | None = None) -> Recording:
    """Read an asciicast file.

    Args:
        file: Seekable.
        name: Of the file, for errors.
        version: The one that it must have; None: any that is known.

    Returns:
        Its head; its moments are read as they are asked for.

    Raises:
        BadInputError: It is no asciicast of that version.
    """
    header = _header(file, name)
    found = header["version"]
    if version not in (None, found):
        raise BadInputError(f"{name} line 1 says asciicast version {found}; import it as asciicast-v{found}")
    begin = file.tell()
    left_out = LeftOut()
    head = _head(header, found, left_out)
    if not head.ours:
        # Other tools that rewrite the file keep our markers, and lose what stands under our name in the header.
        head = head._replace(ours=any(_END_MARKER.search(line) for _, line in lines_of(file, name, 2)))
        file.seek(begin)
    return Recording(head, _moments(file, name, found, left_out), left_out)


def _header(file: IO[bytes], name: str) -> dict[str, Any]:
    _, line = next(lines_of(file, name), (1, b""))
    try:
        header = msgspec.json.decode(line, type=dict[str, Any])
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise BadInputError(
            f"{name} line 1 is no asciicast header ({str(error)[:120]}); give a file of asciinema"
        ) from error
    if header.get("version") not in VERSIONS:
        told = str(header.get("version", "none"))[:20]
        raise BadInputError(
            f"{name} line 1 says asciicast version {told}, this program reads 2 and 3; `asciinema convert` may make one"
        )
    return header


def _head(header: dict[str, Any], version: int, left_out: LeftOut) -> Head:
    size = header if version == 2 else _dict(header.get("term"))  # noqa: PLR2004 -- the version, not a quantity
    columns, rows = (size.get(key) for key in (("width", "height") if size is header else ("cols", "rows")))
    if side(columns, 0) == 0 or side(rows, 0) == 0:
        left_out.note("no screen has the size that the header says: 80 columns and 24 rows stand where it is wrong")
    ours = _dict(header.get("replaybook"))
    commands = ours.get("commands")
    return Head(
        format=f"asciicast-v{version}",
        columns=side(columns, 80),
        rows=side(rows, 24),
        started_at=_timestamp(header.get("timestamp"), left_out),
        title=_text(header.get("title")),
        command=_text(header.get("command")),
        shell=PurePosixPath(_text(_dict(header.get("env")).get("SHELL")) or "").name,
        ours=isinstance(commands, list),
        commands=tuple(map(str, commands)) if isinstance(commands, list) else (),
    )


def _timestamp(value: object, left_out: LeftOut) -> datetime | None:
    if isinstance(value, int | float):
        try:
            return datetime.fromtimestamp(value, UTC)
        except (ValueError, OverflowError, OSError):
            pass
    left_out.note("the header tells no time of recording: the time of import stands there")
    return None


def _moments(file: IO[bytes], name: str, version: int, left_out: LeftOut) -> Iterator[Moment]:
    clock = Clock(left_out)
    for number, line in lines_of(file, name, 2):
        where = f"line {number}"
        if not line.strip() or (line.startswith(b"#") and version == 3):  # noqa: PLR2004 -- as above
            continue
        try:
            seconds, code, data = _decode_event(line)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            left_out.note("lines that are no event are left out", where)
            continue
        at_us = clock.at(seconds, where) if version == 2 else clock.after(seconds, where)  # noqa: PLR2004 -- as above
        moment = None if at_us is None else _moment(at_us, code, data)
        if moment is not None:
            yield moment
        elif at_us is not None:
            left_out.note("events of an unknown kind are left out", where)


def _moment(at_us: int, code: str, data: object) -> Moment | None:
    match code, data:
        case "o", str():
            return Printed(at_us, data.encode("utf-8", "replace"))
        case "i", str():
            return Typed(at_us, data)
        case "m", str():
            return Marker(at_us, data)
        case "r", str() if (match := _SIZE.fullmatch(data)) and side(int(match[1]), 0) and side(int(match[2]), 0):
            return Resized(at_us, int(match[1]), int(match[2]))
        case "x", str() | int() if _STATUS.fullmatch(str(data)):
            return Exited(at_us, int(data))
    return None


def _dict(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value.strip() else None
