"""Reads a session of Claude Code, with those of its subagents, into steps and what was said."""

import re
from collections import defaultdict, deque
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import IO, Any, Protocol

import msgspec

from capture.errors import BadInputError
from capture.importers.claude.calls import Answer, Circumstances, told_call
from capture.importers.claude.outline import CallSeen, Line, Outline
from capture.importers.claude.records import Record, kind, loaded, read_record
from capture.importers.claude.speech import prompts, typed_commands
from capture.importers.foreign import LeftOut
from capture.importers.told import IN_PARTS, NO_EXIT_CODE, REFUSED, AgentHead, Hearer, moment
from capture.provenance import AgentUse, Hints, Speaker
from capture.trace import StepStatus

FORMAT = "claude"
DEEPEST = 20
"""Subagents of subagents that are told behind the calls that started them."""
_AGENT = re.compile(r"[\w-]{1,80}")
_AGENT_FILE = re.compile(r"agent-([\w-]{1,80})\.jsonl\Z")


class Beside(Protocol):
    """The files beside the session's."""

    def names(self, pattern: str) -> tuple[str, ...]:
        """Those that match, sorted."""
        ...

    def opened(self, name: str) -> IO[bytes] | None:
        """One of them."""
        ...


class ClaudeRecord:
    """A session, ready to be told.

    Args:
        file: Seekable.
        name: Of the file, for errors.
        beside: The files in its folder.

    Raises:
        BadInputError: There is no conversation in it.
    """

    def __init__(self, file: IO[bytes], name: str, beside: Beside) -> None:
        self.left_out = LeftOut()
        """What can't be taken over."""
        self._file = file
        self._beside = beside
        self._stem = re.sub(r"\.jsonl\Z", "", name.rpartition("/")[2])
        self._main = Outline(file, self.left_out)
        if not self._main.lines:
            why = "; ".join(self.left_out.sentences()) or "it is empty"
            raise BadInputError(f"{name} holds no session of Claude Code ({why}); give a file of ~/.claude/projects")
        self._subagents: dict[str, tuple[IO[bytes], Outline]] = {}
        self._parts = _starters(self._main)
        first = next(self._prompts(), None)
        self.head = AgentHead(
            format=FORMAT,
            started_at=moment(self._main.first_at),
            cwd=self._main.cwd,
            title=self._main.title or first,
            goal=first,
        )
        """What it says of the whole."""

    def tell(self, telling: Hearer) -> AgentUse:
        """Say all of it, in order; what a subagent did stands behind the call that started it."""
        session = _Session(telling, self._main, self._file, self)
        session.tell("", part_of=None, apart=False)
        while self._main.chains:
            session.tell(self._main.chains.popitem()[0], part_of=None, apart=True)
        for name in self._beside.names(f"{self._stem}/subagents/agent-*.jsonl"):
            found = _AGENT_FILE.search(name)
            if found and found[1] not in self._subagents:
                self.left_out.note("subagents that no call of the session started stand at its end", name)
                self.tell_subagent(found[1], telling, part_of=None, apart=True)
        if self._main.torn:
            telling.cut()
        versions = self._main.versions.union(*(outline.versions for _, outline in self._subagents.values()))
        return self._main.used.total((outline.used for _, outline in self._subagents.values()), versions)

    def tell_subagent(
        self, agent: object, telling: Hearer, *, part_of: int | None, apart: bool, depth: int = 0
    ) -> bool:
        """Say what is in a subagent's own file.

        Args:
            agent: Its id, as the session has it.
            telling: Hears it.
            part_of: The call that started it.
            apart: Whether others ran at the same time.
            depth: How many subagents are above it.

        Returns:
            False when there is no such file, or it was told.
        """
        if not isinstance(agent, str) or not _AGENT.fullmatch(agent) or agent in self._subagents:
            return False
        file = next((file for name in self._files_of(agent) if (file := self._beside.opened(name)) is not None), None)
        if file is None:
            return False
        outline = Outline(file, self.left_out, name=f"agent-{agent}.jsonl", chain=agent)
        self._subagents[agent] = file, outline
        _Session(telling, outline, file, self, depth).tell(agent, part_of=part_of, apart=apart)
        return True

    def has_file(self, agent: object) -> bool:
        """Whether a subagent has a file of its own that was not told yet."""
        if not isinstance(agent, str) or not _AGENT.fullmatch(agent) or agent in self._subagents:
            return False
        return any(self._beside.names(name) for name in self._files_of(agent))

    def _files_of(self, agent: str) -> tuple[str, str]:
        return f"{self._stem}/subagents/agent-{agent}.jsonl", f"agent-{agent}.jsonl"

    def chain_of(self, call_id: str) -> str | None:
        """The subagent within the session's own file that a call started; given out once."""
        return self._parts.pop(call_id, None)

    def _prompts(self) -> Iterator[str]:
        for line in self._main.lines:
            if line.speaker == "user" and line.told and not line.chain:
                record, content = _read(self._file, line)
                if not record.meta and not record.compacted:
                    yield from (text for speaker, text in prompts(content) if speaker is Speaker.USER)


class _Session:
    """One file's records while they are told."""

    def __init__(self, telling: Hearer, outline: Outline, file: IO[bytes], whole: ClaudeRecord, depth: int = 0) -> None:
        self._telling = telling
        self._outline = outline
        self._file = file
        self._whole = whole
        self._left_out = whole.left_out
        self._depth = depth

    def tell(self, chain: str, *, part_of: int | None, apart: bool) -> None:
        """Say what one speaker did.

        Args:
            chain: Which one.
            part_of: The step whose part it is.
            apart: Whether others worked at the same time.
        """
        typed: str | None = None
        for line in self._outline.told.get(chain, ()):
            record, content = _read(self._file, line)
            if line.speaker == "assistant":
                self._assistant(record, content, part_of=part_of, apart=apart)
            else:
                typed = self._user(record, content, typed, subagent=bool(chain))

    def _user(self, record: Record, content: Any, typed: str | None, *, subagent: bool) -> str | None:
        at = moment(record.timestamp)
        if record.meta:
            self._left_out.note("what the agent wrote to its model unseen is left out")
            return typed
        for block in content if isinstance(content, list) else ():
            which = block.get("type") if isinstance(block, dict) else None
            if which in ("image", "document"):
                self._left_out.note(f"{which}s that were given to the agent are left out")
        if record.compacted:
            self._telling.said(Speaker.REASONING, _joined(prompts(content)), at)
            return typed
        for speaker, text in prompts(content):
            self._telling.said(Speaker.ASSISTANT if subagent and speaker is Speaker.USER else speaker, text, at)
        begun, ended = typed_commands(content)
        if begun is not None:
            return begun
        if ended is not None and typed is not None:
            self._left_out.note("commands that a person ran within the session tell no exit code")
            where = self._where(record, at=at, until=at)
            told = told_call("Bash", {"command": typed}, Answer(ended), where, self._left_out)
            hints = Hints(open_end=NO_EXIT_CODE)
            self._telling.did(msgspec.structs.replace(told, exit_code=None, status=StepStatus.PARTIAL, hints=hints))
            return None
        return typed

    def _assistant(self, record: Record, content: Any, *, part_of: int | None, apart: bool) -> None:
        at = moment(record.timestamp)
        if isinstance(content, str):
            self._telling.said(Speaker.ASSISTANT, content, at)
            return
        for block in content if isinstance(content, list) else ():
            which = block.get("type") if isinstance(block, dict) else None
            if which == "text" and isinstance(block.get("text"), str):
                self._telling.said(Speaker.ASSISTANT, block["text"], at)
            elif which == "thinking" and isinstance(block.get("thinking"), str):
                self._telling.said(Speaker.REASONING, block["thinking"], at)
            elif which == "redacted_thinking":
                self._left_out.note("thoughts that are kept encrypted are left out")
            elif which == "tool_use" and (call := self._outline.calls.get(str(block.get("id")))) is not None:
                self._call(str(block["id"]), call, block, record, part_of=part_of, apart=apart)

    def _call(
        self, id_: str, call: CallSeen, block: Mapping[str, Any], record: Record, *, part_of: int | None, apart: bool
    ) -> None:
        answer, after = self._answer(id_, call)
        at = moment(record.timestamp)
        where = self._where(record, at=at, until=moment(after.timestamp) if after else at, after=after)
        told = told_call(str(block.get("name")), block.get("input"), answer, where, self._left_out)
        chain, agent = (self._whole.chain_of(id_), _agent_of(answer)) if self._depth < DEEPEST else (None, None)
        starts = call.prompt is not None and (chain is not None or self._whole.has_file(agent))
        number = self._telling.did(
            msgspec.structs.replace(
                told, part_of=part_of, apart=apart or call.apart, hints=_hints(told.hints, call, starts=starts)
            )
        )
        if answer is None:
            self._left_out.note("calls whose result is not in the file have no end")
        if chain is not None:
            self._outline.chains.pop(chain, None)
            self._depth += 1
            self.tell(chain, part_of=number, apart=apart or call.apart)
            self._depth -= 1
        elif call.prompt is not None and not self._whole.tell_subagent(
            agent, self._telling, part_of=number, apart=apart or call.apart, depth=self._depth + 1
        ):
            self._left_out.note("subagents whose own record is not there stand as one call")

    def _answer(self, id_: str, call: CallSeen) -> tuple[Answer | None, Record | None]:
        if call.result is None:
            return None, None
        record, content = _read(self._file, self._outline.lines[call.result])
        for block in content if isinstance(content, list) else ():
            if isinstance(block, dict) and block.get("tool_use_id") == id_:
                outcome = loaded(record.outcome) if call.alone else None
                text = self._text(block.get("content"))
                return Answer(text, error=block.get("is_error") is True, outcome=outcome), record
        return None, record

    def _text(self, content: Any) -> str:
        if isinstance(content, str):
            return content
        found: list[str] = []
        for block in content if isinstance(content, list) else ():
            told = block if isinstance(block, dict) else {}
            if isinstance(told.get("text"), str):
                found.append(told["text"])
            else:
                self._left_out.note(f"{kind(told.get('type'))} parts of results are left out")
        return "\n".join(found)

    def _where(
        self, record: Record, *, at: datetime | None, until: datetime | None, after: Record | None = None
    ) -> Circumstances:
        workspace = self._telling.run.workspace
        cwd = record.cwd or workspace
        return Circumstances(
            workspace=workspace, cwd=cwd, cwd_after=(after.cwd if after else "") or cwd, at=at, until=until
        )


def _read(file: IO[bytes], line: Line) -> tuple[Record, Any]:
    """A record once more, now with its content as plain values."""
    file.seek(line.piece.offset)
    record = read_record(file.read(line.piece.size)) or Record()
    return record, loaded(record.message.content) if record.message else None


def _starters(outline: Outline) -> dict[str, str]:
    """For each call that started a subagent within the file itself, whose records are its."""
    named = {id_: id_ for id_ in outline.calls if id_ in outline.chains}
    waiting: dict[int, deque[str]] = defaultdict(deque)
    for id_, call in outline.calls.items():
        if call.prompt is not None and id_ not in named:
            waiting[call.prompt].append(id_)
    by_prompt = {
        waiting[prompt].popleft(): chain
        for chain, prompt in outline.chains.items()
        if chain not in named and waiting.get(prompt)
    }
    return named | by_prompt


def _agent_of(answer: Answer | None) -> object:
    return answer.outcome.get("agentId") if answer and isinstance(answer.outcome, dict) else None


def _hints(hints: Hints | None, call: CallSeen, *, starts: bool) -> Hints | None:
    reason = call.dead_end
    if hints is not None and hints.dead_end == REFUSED:
        reason = REFUSED
    elif reason is None and starts:
        reason = IN_PARTS
    return hints if reason is None else Hints(dead_end=reason)


def _joined(said: Iterator[tuple[Speaker, str]]) -> str:
    return "\n".join(text for _, text in said)
