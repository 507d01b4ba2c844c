"""The lines of a Codex rollout as records, whichever of its two forms they have."""

from collections.abc import Iterator
from datetime import datetime
from typing import IO, Any, NamedTuple

import msgspec

from capture.importers.foreign import LeftOut, lines_of
from capture.importers.told import moment

ITEM, EVENT, META, TURN = "response_item", "event_msg", "session_meta", "turn_context"
COMPACTED = "compacted"
"""Its history repeats what was told before."""
_BARE_ITEMS = frozenset({
    "message", "reasoning", "local_shell_call", "function_call", "function_call_output", "custom_tool_call",
    "custom_tool_call_output", "web_search_call", "ghost_snapshot",
})  # fmt: skip


class Record(NamedTuple):
    """One line."""

    number: int
    """Of the line."""
    kind: str
    """What the envelope says."""
    type: str
    """What the payload says; empty where it has no kinds."""
    body: dict[str, Any]
    at: datetime | None
    """UTC."""

    @property
    def where(self) -> str:
        """For people."""
        return f"line {self.number}"


class _Line(msgspec.Struct):
    type: Any = ""
    timestamp: Any = None
    payload: msgspec.Raw = msgspec.Raw()


_line = msgspec.json.Decoder(_Line)
_object = msgspec.json.Decoder(dict[str, Any])


def records(file: IO[bytes], name: str, left_out: LeftOut) -> Iterator[Record]:
    """Read a rollout, one line at a time.

    Args:
        file: From its beginning.
        name: For errors.
        left_out: Hears of lines that are no record.

    Raises:
        BadInputError: A line is too long to be one.
    """
    for number, line in lines_of(file, name):
        if line:
            found = record_of(line, number)
            if found is None:
                left_out.note("lines that are no record, or only a part of one, are left out", f"line {number}")
            else:
                yield found


def record_of(line: bytes, number: int) -> Record | None:
    """What one line tells; None when it is no record."""
    try:
        read = _line.decode(line)
        kind = read.type if isinstance(read.type, str) else ""
        if kind == COMPACTED:
            return Record(number, kind, "", {}, moment(read.timestamp))
        enveloped = bool(kind) and bytes(read.payload)[:1] == b"{"
        body = _object.decode(read.payload if enveloped else line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    at = moment(read.timestamp)
    if enveloped:
        return Record(number, kind, text(body, "type"), body, at)
    return _bare(number, kind, body, at)


def looks_like_rollout(line: dict[str, Any]) -> bool:
    """Whether an object is a line of a rollout, in either form."""
    kind = line.get("type")
    if isinstance(line.get("payload"), dict):
        return kind in (ITEM, EVENT, META, TURN, COMPACTED)
    return "instructions" in line and "timestamp" in line and isinstance(line.get("id"), str)


def _bare(number: int, kind: str, body: dict[str, Any], at: datetime | None) -> Record:
    if kind in _BARE_ITEMS:
        return Record(number, ITEM, kind, body, at)
    if not kind and isinstance(body.get("id"), str) and "timestamp" in body:
        return Record(number, META, "", body, at)
    return Record(number, kind or text(body, "record_type") or "(none)", "", body, at)


def text_in(content: object) -> str:
    """The text of a content: a string, or the texts in a list of parts."""
    if isinstance(content, str):
        return content
    parts = content if isinstance(content, list) else []
    texts = (part.get("text") for part in parts if isinstance(part, dict))
    return "\n".join(text for text in texts if isinstance(text, str))


def text(body: dict[str, Any], key: str) -> str:
    """A string of an object; empty where there is none."""
    found = body.get(key)
    return found if isinstance(found, str) else ""


def inner(body: dict[str, Any], key: str) -> dict[str, Any]:
    """An object of an object; empty where there is none."""
    found = body.get(key)
    return found if isinstance(found, dict) else {}
