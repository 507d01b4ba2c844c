"""What must be known of a session before its first call is told: its tree, and which result answers which call."""

from collections.abc import Iterable
from typing import IO, Any

import msgspec

from capture.importers.claude.records import (
    SYNTHETIC,
    Block,
    Piece,
    Record,
    kind,
    loaded,
    parted,
    pieces,
    read_blocks,
    read_record,
)
from capture.importers.claude.tree import Tree
from capture.importers.claude.usage import Used
from capture.importers.foreign import LeftOut
from capture.importers.told import BRANCH_LEFT
from capture.retries import TRIED_AGAIN

SUBAGENTS = ("Task", "Agent")
"""The tools that start a subagent; the second name is that of later versions."""
_BOOKKEEPING = frozenset(
    {
        "summary", "custom-title", "ai-title", "agent-name", "agent-color", "agent-setting", "last-prompt", "mode",
        "tag",
        "file-history-snapshot", "file-history-delta", "queue-operation", "progress", "attachment", "permission-mode",
        "pr-link", "system", "result", "rate_limit_event", "stream_event", "hook_started", "hook_response",
        "worktree-state", "started", "bridge-session",
    }
)  # fmt: skip
"""Records that hold nothing that a run has a place for."""
_CONVERSATION = ("user", "assistant")
_BLOCKS = frozenset({"text", "thinking", "redacted_thinking", "tool_use", "tool_result", "image", "document"})


class Line(msgspec.Struct, gc=False):
    """A record of the conversation: where it stands, and where it belongs."""

    piece: Piece
    speaker: str
    """`user` or `assistant`."""
    uuid: str
    message_id: str
    chain: str
    """Empty for the conversation itself; else the subagent that it is of."""
    told: bool
    """Whether there is more in it than results."""


class CallSeen(msgspec.Struct):
    """A call, before it is told."""

    line: int
    """Place in `Outline.lines` of the record that makes it."""
    chain: str
    same: int
    """Equal for calls of one tool with one input."""
    prompt: int | None
    """Of one that starts a subagent: stands for the text that it is given."""
    result: int | None = None
    """Place in `Outline.lines` of the record with its result."""
    alone: bool = True
    """Whether that record holds no other call's result."""
    failed: bool = False
    apart: bool = False
    dead_end: str | None = None


class Outline:
    """A session as far as it must be known beforehand.

    Args:
        file: Read from its beginning.
        left_out: Hears of what is of no known kind.
        name: Of the file, in what `left_out` hears; empty for the session itself.
        chain: Whose records these are when the file is all of one subagent.
    """

    def __init__(self, file: IO[bytes], left_out: LeftOut, *, name: str = "", chain: str = "") -> None:
        self.lines: list[Line] = []
        self.told: dict[str, list[Line]] = {}
        """By speaker, the records in which there is more than results."""
        self.calls: dict[str, CallSeen] = {}
        self.used = Used()
        self.versions: set[str] = set()
        self.first_at = ""
        """The earliest time that is told."""
        self.cwd = ""
        self.titles: dict[str, str] = {}
        self.torn = False
        """Whether the file ends in the middle of a record."""
        self.chains: dict[str, int] = {}
        """Subagents within this file, each with what stands for its prompt."""
        self._left_out = left_out
        self._name = name
        self._chain = chain
        self._tree = Tree()
        self._summaries: list[tuple[str, str]] = []
        self._bookkeeping: dict[str, int] = {}
        file.seek(0)
        for piece, text in pieces(file):
            self._take(piece, text)
        self._finish()

    @property
    def title(self) -> str | None:
        """What the session is called, by a person first; None: nothing says."""
        own = [text for leaf, text in self._summaries if self._tree.has(leaf)]
        return next((name for name in (self.titles.get("custom"), self.titles.get("ai"), *own) if name), None)

    def _where(self, piece: Piece) -> str:
        return f"{self._name} line {piece.number}".strip()

    def _take(self, piece: Piece, text: bytes) -> None:
        self.torn = False
        record = read_record(text)
        if record is not None:
            self._record(piece, record)
            return
        whole = parted(piece, text)
        if whole:
            where = self._where(piece)
            self._left_out.note("lines into which several records were written at once are taken apart", where)
            for part, inside in whole:
                self._record(part, read_record(inside) or Record())
            return
        self.torn = True
        self._left_out.note("lines that are no record are left out", self._where(piece))

    def _record(self, piece: Piece, record: Record) -> None:
        if record.uuid and not self._tree.grow(record):
            self._left_out.note("records that were written before are taken once", self._where(piece))
            return
        if record.timestamp and (not self.first_at or record.timestamp < self.first_at):
            self.first_at = record.timestamp
        self.cwd = self.cwd or record.cwd
        if record.version:
            self.versions.add(record.version)
        if record.type in _CONVERSATION and record.message is not None:
            self._conversation(piece, record, record.message)
        elif record.type in _BOOKKEEPING:
            self._note_bookkeeping(record)
        else:
            self._left_out.note(f"records of the unknown kind {kind(record.type)} are left out", self._where(piece))

    def _note_bookkeeping(self, record: Record) -> None:
        if record.type == "summary":
            self._summaries.append((record.leaf, record.summary))
        for which, title in (("custom", record.title), ("ai", record.ai_title)):
            if title:
                self.titles[which] = title
        name = "api_error" if record.subtype == "api_error" else record.type
        self._bookkeeping[name] = self._bookkeeping.get(name, 0) + 1

    def _conversation(self, piece: Piece, record: Record, message: Any) -> None:
        blocks, unread = read_blocks(message.content)
        where = self._where(piece)
        for _ in range(unread):
            self._left_out.note("parts of messages that can't be read are left out", where)
        for block in blocks:
            if block.type not in _BLOCKS:
                self._left_out.note(f"parts of messages of the unknown kind {kind(block.type)} are left out", where)
        results = [block for block in blocks if block.type == "tool_result"]
        line = Line(
            piece=piece,
            speaker=record.type,
            uuid=record.uuid,
            message_id=message.id,
            chain=self._chain_of(record, message),
            told=record.type == "assistant" or not blocks or len(results) < len(blocks),
        )
        self.lines.append(line)
        if line.told:
            self.told.setdefault(line.chain, []).append(line)
        if record.type == "assistant" and message.model != SYNTHETIC:
            self.used.add(message, otherwise=record.uuid or where)
        for block in blocks:
            if block.type == "tool_use":
                self._call(block, line)
        for block in results:
            self._answer(block, alone=len(results) == 1)

    def _chain_of(self, record: Record, message: Any) -> str:
        if self._chain:
            return self._chain
        if not record.sidechain and not record.caller:
            return ""
        chain = record.caller or record.agent or self._tree.root(record.uuid)
        if chain not in self.chains:
            self.chains[chain] = hash(_text_of(loaded(message.content)))
        return chain

    def _call(self, block: Block, line: Line) -> None:
        if not block.id or block.id in self.calls:
            self._left_out.note("calls that have no name of their own are left out", self._where(line.piece))
            return
        given = bytes(block.input)
        prompt = None
        if block.name in SUBAGENTS:
            told = loaded(given)
            prompt = hash(told.get("prompt")) if isinstance(told, dict) and isinstance(told.get("prompt"), str) else 0
        self.calls[block.id] = CallSeen(len(self.lines) - 1, line.chain, hash((block.name, given)), prompt)

    def _answer(self, block: Block, *, alone: bool) -> None:
        call = self.calls.get(block.tool_use_id)
        here = self.lines[-1]
        if call is None:
            self._left_out.note("results of calls that are not in the file are left out", self._where(here.piece))
        elif call.result is not None:
            self._left_out.note("second results of one call are left out", self._where(here.piece))
        else:
            call.result, call.alone, call.failed = len(self.lines) - 1, alone, block.is_error is True

    def _finish(self) -> None:
        told = self._bookkeeping
        errors = told.pop("api_error", 0)
        if errors:
            self._left_out.note(f"failures of the model's interface, met and tried again, are left out: {errors}")
        if told:
            kinds = ", ".join(f"{count} {name}" for name, count in sorted(told.items()))
            of = f" of {self._name}" if self._name else ""
            self._left_out.note(f"records{of} that hold nothing of the work are left out: {kinds}")
        if self.torn:
            self._left_out.note("the file ends in the middle of a record: the session may have gone on")
        _mark_apart(self.calls.values())
        _mark_tried_again(self.calls.values())
        main = [line for line in self.lines if not line.chain]
        left = self._tree.left([line.uuid for line in main], {line.uuid: line.message_id for line in main})
        for call in self.calls.values():
            if not call.chain and self.lines[call.line].uuid in left:
                call.dead_end = BRANCH_LEFT


def _mark_apart(calls: Iterable[CallSeen]) -> None:
    """Calls of one speaker that ran while others did, by the order in which the records came."""
    widest: dict[str, CallSeen] = {}
    for call in calls:
        before = widest.get(call.chain)
        if before is not None and call.line < _end(before):
            before.apart = call.apart = True
        if before is None or _end(call) > _end(before):
            widest[call.chain] = call


def _end(call: CallSeen) -> int:
    return call.line if call.result is None else call.result


def _mark_tried_again(calls: Iterable[CallSeen]) -> None:
    failed: dict[int, CallSeen] = {}
    for call in calls:
        before = failed.pop(call.same, None)
        if before is not None:
            before.dead_end = TRIED_AGAIN
        if call.failed:
            failed[call.same] = call


def _text_of(content: Any) -> str:
    """The words of a message."""
    if isinstance(content, str):
        return content
    blocks = content if isinstance(content, list) else []
    texts = (block.get("text") for block in blocks if isinstance(block, dict) and block.get("type") == "text")
    return "\n".join(text for text in texts if isinstance(text, str))
