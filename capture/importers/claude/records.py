"""The lines of a Claude Code session as values, for versions from 0.2 to 2.1; the agent's makers publish no format.

Told by what programs that read these files say of them: github.com/skillsynchq/txcript (docs/formats/claude-code.md),
github.com/alicoding/claude-parser (docs/JSONL-STRUCTURE.md). What `claude -p --output-format stream-json` prints has
the same messages under other names (`session_id`, `parent_tool_use_id`) and no times; it is read as well.
"""

import re
from collections.abc import Iterator
from typing import IO, Any, TypeVar

import msgspec

from capture.importers.foreign import LONGEST_LINE

SYNTHETIC = "<synthetic>"
"""The model of an answer that the agent made itself, as one that says that the interface failed."""
_NAME = re.compile(r"[^\w.:-]")
_LONGEST_KIND = 40
_BEGINS = re.compile(rb'\{"(?:type|parentUuid|uuid|sessionId|isSidechain|message)"')
_MOST_STARTS, _LARGEST_PARTED = 12, 4 << 20


class Usage(msgspec.Struct, gc=False):
    """Tokens of one answer."""

    input_tokens: int | None = None
    cache_creation_input_tokens: int | None = None
    cache_read_input_tokens: int | None = None
    output_tokens: int | None = None


class Block(msgspec.Struct, gc=False):
    """One piece of a message, as far as it has to be known before any call is told."""

    type: str = ""
    id: str = ""
    """Of a `tool_use`."""
    name: str = ""
    """As above."""
    input: msgspec.Raw = msgspec.Raw(b"{}")
    """As above."""
    tool_use_id: str = ""
    """Of a `tool_result`: which call it answers."""
    is_error: bool | None = None
    """Of a `tool_result`."""


class Message(msgspec.Struct, gc=False):
    """What the model's interface takes and gives."""

    content: msgspec.Raw = msgspec.Raw(b"null")
    """A text, or blocks."""
    id: str = ""
    """Of an answer; several records share one."""
    model: str = ""
    usage: Usage | None = None


class Record(msgspec.Struct, gc=False):
    """One line; what stands in it besides is not needed, or read once it is."""

    type: str = ""
    subtype: str = ""
    uuid: str = ""
    session: str = msgspec.field(name="sessionId", default="")
    parent: str | None = msgspec.field(name="parentUuid", default=None)
    logical_parent: str | None = msgspec.field(name="logicalParentUuid", default=None)
    """Across a place where the conversation was compacted."""
    caller: str | None = msgspec.field(name="parent_tool_use_id", default=None)
    """Of a subagent's record in a stream: the call that it works for."""
    sidechain: bool | None = msgspec.field(name="isSidechain", default=None)
    """Whether it is a subagent's."""
    agent: str | None = msgspec.field(name="agentId", default=None)
    """Of a subagent's record."""
    meta: bool | None = msgspec.field(name="isMeta", default=None)
    """Whether the agent wrote it to its model, unseen by the person."""
    compacted: bool | None = msgspec.field(name="isCompactSummary", default=None)
    """Whether it sums up what the model can't see any more."""
    timestamp: str = ""
    cwd: str = ""
    version: str = ""
    message: Message | None = None
    summary: str = ""
    """Of a `summary`."""
    leaf: str = msgspec.field(name="leafUuid", default="")
    """Of a `summary`: the record up to which it sums up."""
    title: str = msgspec.field(name="customTitle", default="")
    """Of a `custom-title`."""
    ai_title: str = msgspec.field(name="aiTitle", default="")
    """Of an `ai-title`."""
    outcome: msgspec.Raw = msgspec.field(name="toolUseResult", default=msgspec.Raw(b""))
    """What the agent itself keeps of a call's result."""


Value = TypeVar("Value")
_decode_record = msgspec.json.Decoder(Record).decode
_decode_blocks = msgspec.json.Decoder(list[Block]).decode
_FIELDS = {field.encode_name: (field.name, field.type) for field in msgspec.structs.fields(Record)}
UNDECODABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)


def read_record(line: bytes) -> Record | None:
    """The record of a line.

    Args:
        line: JSON.

    Returns:
        None when it is no JSON object; a field of another shape than is known is as if it were not there.
    """
    try:
        return _decode_record(line)
    except msgspec.ValidationError:
        return _loosely(line)
    except UNDECODABLE:
        return None


def looks_like_session(told: dict[str, Any]) -> bool:
    """Whether a JSON object is a record of a session, as far as one alone tells.

    Args:
        told: The line.
    """
    if told.get("type") in ("user", "assistant"):
        return isinstance(told.get("message"), dict) and ("sessionId" in told or "session_id" in told)
    return "leafUuid" in told or ("sessionId" in told and "parentUuid" in told)


def read_blocks(content: msgspec.Raw) -> tuple[list[Block], int]:
    """The blocks of a message.

    Args:
        content: Of the message; none when it is a text.

    Returns:
        The blocks, and how many things there are none that can be read.
    """
    try:
        return _decode_blocks(content), 0
    except UNDECODABLE:
        pieces = loaded(content)
    if not isinstance(pieces, list):
        return [], 0 if pieces is None or isinstance(pieces, str) else 1
    found = [block for piece in pieces if (block := _converted(piece, Block)) is not None]
    return found, len(pieces) - len(found)


def loaded(raw: msgspec.Raw | bytes) -> Any:
    """A part of a record as plain values; None when it is none, or can't be read."""
    if not bytes(raw):
        return None
    try:
        return msgspec.json.decode(raw)
    except UNDECODABLE:
        return None


def kind(name: object) -> str:
    """The name of a kind of things as a file gives it, fit to be shown."""
    return _NAME.sub("?", str(name))[:_LONGEST_KIND] or "nameless"


class Piece(msgspec.Struct, gc=False):
    """Where a record stands in its file."""

    number: int
    """Of its line."""
    offset: int
    size: int


def pieces(file: IO[bytes]) -> Iterator[tuple[Piece, bytes]]:
    """The records of a file, unread; a line into which two writers wrote at once holds several.

    Args:
        file: At its beginning.

    Yields:
        Where it stands, and its bytes; a line without anything is passed over.
    """
    offset, number = 0, 0
    while line := file.readline(LONGEST_LINE):
        number += 1
        text = line.strip(b"\0\r\n\t \xef\xbb\xbf")
        if text:
            yield Piece(number, offset + line.index(text[:1]), len(text)), text
        offset += len(line)


def parted(piece: Piece, text: bytes) -> list[tuple[Piece, bytes]]:
    """The records that stand in one line that is no JSON as a whole.

    Args:
        piece: Of the line.
        text: It.

    Returns:
        Those that can be read, each at its own place.
    """
    starts = [match.start() for match in _BEGINS.finditer(text)][:_MOST_STARTS] if len(text) <= _LARGEST_PARTED else []
    found: list[tuple[Piece, bytes]] = []
    done = 0
    for at, start in enumerate(starts):
        if start < done:
            continue
        for end in (*starts[at + 1 :], len(text)):
            if read_record(text[start:end]) is not None:
                found.append((Piece(piece.number, piece.offset + start, end - start), text[start:end]))
                done = end
                break
    return found


def _loosely(line: bytes) -> Record | None:
    try:
        told = msgspec.json.decode(line, type=dict[str, msgspec.Raw])
    except UNDECODABLE:
        return None
    record = Record()
    for name, (field, type_) in _FIELDS.items():
        if name in told:
            value = _of_type(told[name], type_)
            if value is not None:
                setattr(record, field, value)
    return record


def _of_type(raw: msgspec.Raw, type_: Any) -> Any:
    try:
        return msgspec.json.decode(raw, type=type_)
    except UNDECODABLE:
        return None


def _converted(piece: object, type_: type[Value]) -> Value | None:
    try:
        return msgspec.json.decode(msgspec.json.encode(piece), type=type_)
    except (*UNDECODABLE, TypeError):
        return None
