"""Follows a Codex rollout from line to line: calls find their ends, and what is told twice is taken once."""

import re
from collections import OrderedDict, deque
from collections.abc import Callable, Mapping
from datetime import datetime
from posixpath import join, normpath
from typing import IO, Any

from capture.calls import Call
from capture.importers.codex.calls import Asked, Planned, Shell, Typed, asked, command_of, tool_name
from capture.importers.codex.opened import Open
from capture.importers.codex.records import (
    COMPACTED,
    EVENT,
    ITEM,
    META,
    TURN,
    Record,
    inner,
    records,
    text,
    text_in,
)
from capture.importers.codex.results import Result, mcp_result, shell_result, tool_result
from capture.importers.codex.subagents import Subagents, spawned
from capture.importers.codex.survey import Survey, is_context, survey
from capture.importers.codex.usage import Usage
from capture.importers.codex.writing import Writing
from capture.importers.files import Beside
from capture.importers.foreign import LeftOut
from capture.importers.told import Hearer
from capture.importers.waiting import Said, Waiting
from capture.provenance import AgentUse, Speaker
from capture.trace import Input

_FINISHED = 4096
"""Calls that are remembered after their end, so that an event that comes late makes no second step of them."""
_RECENT = 64
"""Things said that are remembered, so that the other kind of record does not say them again."""
_ASKS = re.compile(r"pass(?:word|phrase|code)|\bPIN\b|\btoken\b|\bsecret\b", re.IGNORECASE)
_USER_SHELL = re.compile(
    r"\s*<user_shell_command>\s*<command>\n?(?P<command>.*?)\n?</command>\s*<result>\n?(?P<result>.*?)\n?</result>",
    re.DOTALL,
)
_QUIET_EVENTS = frozenset({
    "agent_message_delta", "agent_message_content_delta", "agent_reasoning_delta", "agent_reasoning_raw_content",
    "agent_reasoning_raw_content_delta", "agent_reasoning_section_break", "apply_patch_approval_request",
    "background_event", "context_compacted", "elicitation_request", "entered_review_mode", "exec_approval_request",
    "exec_command_output_delta", "exited_review_mode", "get_history_entry_response", "guardian_assessment",
    "item_completed", "item_started", "list_custom_prompts_response", "list_skills_response",
    "mcp_list_tools_response", "mcp_startup_complete", "mcp_startup_update", "model_reroute", "patch_apply_begin",
    "plan_delta", "plan_update", "raw_response_item", "reasoning_content_delta", "reasoning_raw_content_delta",
    "request_permissions", "session_configured", "shutdown_complete", "skills_update_available", "task_complete",
    "task_started", "terminal_interaction", "thread_name_updated", "thread_rolled_back", "thread_settings_applied",
    "turn_complete", "turn_diff", "turn_started", "undo_completed", "undo_started", "web_search_begin",
    "mcp_tool_call_begin", "hook_started", "hook_completed", "thread_goal_updated",
})  # fmt: skip
"""Events that say nothing of a call or its end, or nothing that other records don't say."""
_QUIET_ITEMS = frozenset(
    {"ghost_snapshot", "compaction", "compaction_summary", "context_compaction", "tool_search_output"}
)
_GOES_ON = frozenset({"user_message", "task_started", "turn_started", "function_call", "custom_tool_call"})
"""Records of a turn that comes after one that was stopped."""
_QUIET_KINDS = frozenset({COMPACTED, "state", "ghost_snapshot", "world_state"})


def read_codex(file: IO[bytes], name: str, beside: Beside) -> "CodexSession":
    """Look through a rollout.

    Args:
        file: Such that it can be read twice.
        name: For errors.
        beside: Holds the rollouts of its subagents.

    Raises:
        BadInputError: A line is too long to be one.
    """
    seen = survey(file, name)
    file.seek(0)
    return CodexSession(file, name, seen, beside)


class CodexSession:
    """A rollout as an agent's record.

    Args:
        file: From its beginning.
        name: For errors.
        seen: What the first look found.
        beside: The files in its folder.
        before: Calls of the session that started it, which it may tell again.
    """

    def __init__(
        self, file: IO[bytes], name: str, seen: Survey, beside: Beside, before: frozenset[str] = frozenset()
    ) -> None:
        self.head = seen.head
        self.left_out = LeftOut()
        self._file, self._name, self._seen = file, name, seen
        self._beside, self._before = beside, before
        self._cwd = seen.head.cwd
        self._spawned: dict[str, str] = {}
        """Calls that started another session, each with its id."""
        self._usage = Usage()
        self._calls: dict[str, Open] = {}
        self._typing: dict[str, Open] = {}
        self._sessions: dict[int, Open] = {}
        self._finished: OrderedDict[str, None] = OrderedDict.fromkeys(before)
        self._said: dict[str, deque[tuple[Speaker, str]]] = {ITEM: deque(maxlen=_RECENT), EVENT: deque(maxlen=_RECENT)}
        self._stopped = False
        """Whether a person stopped the last turn."""
        self._users_own: deque[str] = deque(maxlen=_RECENT)
        self._handlers: Mapping[tuple[str, str], Callable[[Record], None]] = {
            (ITEM, "message"): self._message,
            (ITEM, "reasoning"): self._reasoning,
            (ITEM, "function_call"): self._function_call,
            (ITEM, "custom_tool_call"): self._function_call,
            (ITEM, "tool_search_call"): self._function_call,
            (ITEM, "local_shell_call"): self._local_shell_call,
            (ITEM, "web_search_call"): self._web_search,
            (ITEM, "function_call_output"): self._answer,
            (ITEM, "custom_tool_call_output"): self._answer,
            (EVENT, "user_message"): lambda record: self._say(record, Speaker.USER, text(record.body, "message")),
            (EVENT, "agent_message"): lambda record: self._say(record, Speaker.ASSISTANT, text(record.body, "message")),
            (EVENT, "agent_reasoning"): lambda record: self._say(record, Speaker.REASONING, text(record.body, "text")),
            (EVENT, "token_count"): self._usage.counted,
            (EVENT, "exec_command_begin"): self._exec_begin,
            (EVENT, "exec_command_end"): self._exec_end,
            (EVENT, "patch_apply_end"): self._patch_end,
            (EVENT, "mcp_tool_call_end"): self._mcp_end,
            (EVENT, "web_search_end"): self._web_search_end,
            (EVENT, "turn_aborted"): self._aborted,
            (EVENT, "collab_agent_spawn_end"): self._spawn_end,
        }

    def tell(self, telling: Hearer) -> AgentUse:
        """Say all of it."""
        subagents = Subagents(self._beside, self._tell_subagent, self.left_out)
        return subagents.together(self._tell(telling, self.head.cwd, subagents))

    def _tell_subagent(self, file: IO[bytes], name: str, telling: Hearer, below: Subagents) -> AgentUse:
        seen = survey(file, name)
        file.seek(0)
        before = self._before | self._calls.keys() | self._finished.keys()
        child = CodexSession(file, name, seen, self._beside, before)
        child.left_out = self.left_out
        return child._tell(telling, self.head.cwd, below)

    def _tell(self, telling: Hearer, workspace: str, subagents: Subagents) -> AgentUse:
        writing = Writing(telling, workspace, self.left_out, subagents)
        self._waiting: Waiting[Open] = Waiting(writing.write, self.left_out)
        for record in records(self._file, self._name, self.left_out):
            self._take(record)
        if not self._waiting.finish() or self._stopped:
            telling.cut()
        return self._usage.use()

    def _take(self, record: Record) -> None:
        if record.type in _GOES_ON:
            self._stopped = False
        if record.kind in (META, TURN):
            self._usage.met(record.body)
            self._cwd = text(record.body, "cwd") or self._cwd
        elif handler := self._handlers.get((record.kind, record.type)):
            handler(record)
        elif not _is_quiet(record):
            kind = f"{record.kind}/{record.type}" if record.type else record.kind
            self.left_out.note(f"records of the kind {kind[:60]!r} are left out", record.where)

    def _say(self, record: Record, speaker: Speaker, told: str) -> None:
        """Once, though an item and an event may both tell it."""
        key = speaker, told.strip()
        if not key[1]:
            return
        other = self._said[EVENT if record.kind == ITEM else ITEM]
        if key in other:
            other.remove(key)
            return
        self._said[record.kind].append(key)
        self._waiting.add(Said(speaker, told, record.at, record.where))

    def _message(self, record: Record) -> None:
        told, role = text_in(record.body.get("content")), record.body.get("role")
        if role == "assistant":
            self._say(record, Speaker.ASSISTANT, told)
        elif role == "user" and (own := _USER_SHELL.match(told)):
            self._own_command(record, own["command"], own["result"])
        elif role == "user" and not is_context(told):
            self._say(record, Speaker.USER, told)

    def _own_command(self, record: Record, command: str, result: str) -> None:
        """A command of the user; an event may have told it already."""
        if command in self._users_own:
            self._users_own.remove(command)
            return
        one = self._open(record, Shell(command, self._cwd), "")
        one.takes(shell_result(result.replace("Duration:", "Wall time:", 1)), record.at)

    def _reasoning(self, record: Record) -> None:
        summary, content = record.body.get("summary"), record.body.get("content")
        for part in [*_parts(summary), *([] if _parts(summary) else _parts(content))]:
            self._say(record, Speaker.REASONING, text(part, "text"))

    def _function_call(self, record: Record) -> None:
        body = record.body
        given = body.get("arguments", body.get("input"))
        name = text(body, "name") or ("tool_search" if record.type == "tool_search_call" else "")
        self._called(record, asked(name, given, self._cwd, text(body, "namespace")), text(body, "call_id"))

    def _local_shell_call(self, record: Record) -> None:
        action = inner(record.body, "action")
        call_id = text(record.body, "call_id") or text(record.body, "id")
        self._called(record, asked("local_shell", action, self._cwd), call_id)

    def _web_search(self, record: Record) -> None:
        action = inner(record.body, "action")
        call_id = text(record.body, "id") or text(record.body, "call_id")
        if call_id in self._finished:
            return
        one = self._open(record, Call("web_search", action), "")
        one.takes(Result(output="", exit_code=0 if record.body.get("status") == "completed" else None), record.at)

    def _called(self, record: Record, wanted: Asked, call_id: str) -> None:
        known = self._calls.get(call_id)
        if call_id in self._before:
            pass
        elif known is not None and known.by_event:
            known.by_event = False
        elif isinstance(wanted, Typed):
            self._type(record, wanted, call_id)
        elif isinstance(wanted, Planned):
            self._say(record, Speaker.ASSISTANT, wanted.text)
            self._done(call_id)
        else:
            self._open(record, wanted, call_id)

    def _open(self, record: Record, wanted: Asked, call_id: str, *, by_event: bool = False) -> Open:
        left = self._seen.is_left(record.number)
        one = Open(asked=wanted, where=record.where, at=record.at, left=left, by_event=by_event)
        if call_id:
            self._calls[call_id] = one
        self._waiting.add(one)
        return one

    def _type(self, record: Record, wanted: Typed, call_id: str) -> None:
        one = None if wanted.session is None else self._sessions.get(wanted.session)
        if one is None:
            self.left_out.note("what was typed into commands that are not told is left out", record.where)
            self._done(call_id)
            return
        self._typing[call_id] = one
        if wanted.text:
            prompt = one.output.rpartition("\n")[2]
            secret = _ASKS.search(prompt) is not None
            one.inputs.append(Input(prompt=prompt, text=None if secret else wanted.text, secret=secret))

    def _answer(self, record: Record) -> None:
        call_id, raw = text(record.body, "call_id"), record.body.get("output")
        one = self._typing.pop(call_id, None) or self._calls.get(call_id)
        if one is None:
            if call_id not in self._finished:
                self.left_out.note("answers to calls that are not told are left out", record.where)
            return
        is_tool = isinstance(one.asked, Call)
        result = tool_result(raw) if is_tool else shell_result(raw)
        if one.ended and one.result is not None:
            # An event told it before, and better.
            self._done(call_id)
            return
        if result.session is not None:
            self._sessions[result.session] = one
        one.started = self._spawned.pop(call_id, "") or spawned(one.asked, result.output)
        self._took(one, result, record.at)
        if one.ended:
            self._done(call_id)

    def _spawn_end(self, record: Record) -> None:
        if agent := text(record.body, "new_thread_id"):
            self._spawned[text(record.body, "call_id")] = agent

    def _took(self, one: Open, result: Result, at: datetime | None) -> None:
        self._waiting.grew(len(result.output))
        one.takes(result, at)
        if one.ended:
            self._sessions = {key: other for key, other in self._sessions.items() if other is not one}

    def _done(self, call_id: str) -> None:
        self._calls.pop(call_id, None)
        self._finished[call_id] = None
        if len(self._finished) > _FINISHED:
            self._finished.popitem(last=False)

    def _exec_begin(self, record: Record) -> None:
        call_id = text(record.body, "call_id")
        if record.body.get("source") == "unified_exec_interaction" or call_id in self._calls:
            return
        if call_id not in self._finished and call_id not in self._typing:
            self._event_opens(record, call_id)

    def _event_opens(self, record: Record, call_id: str) -> Open | None:
        where = text(record.body, "cwd")
        wanted = command_of(record.body.get("command"), normpath(join(self._cwd, where)) if where else self._cwd)
        if wanted is None:
            self.left_out.note("commands that can't be read are left out", record.where)
            return None
        if record.body.get("source") == "user_shell" and isinstance(wanted, Shell):
            self._users_own.append(wanted.text)
        return self._open(record, wanted, call_id, by_event=True)

    def _exec_end(self, record: Record) -> None:
        body, call_id = record.body, text(record.body, "call_id")
        one = self._calls.get(call_id)
        if body.get("source") == "unified_exec_interaction" or call_id in self._finished or call_id in self._typing:
            return
        one = one or self._event_opens(record, call_id)
        if one is None:
            return
        output = text(body, "aggregated_output") or text(body, "stdout") + text(body, "stderr")
        code = body.get("exit_code")
        result = Result(
            output=output.removeprefix(one.output) if one.output else output,
            exit_code=code if isinstance(code, int) and body.get("status") != "declined" else None,
            seconds=duration(body.get("duration")),
            refused=body.get("status") == "declined",
        )
        self._took(one, result, record.at)
        self._done(call_id)

    def _patch_end(self, record: Record) -> None:
        body, call_id = record.body, text(record.body, "call_id")
        one = self._calls.get(call_id)
        if one is None:
            if call_id not in self._finished:
                self.left_out.note("patches that only an event tells are left out", record.where)
            return
        one.changes = inner(body, "changes")
        success = body.get("success")
        output = text(body, "stdout") + text(body, "stderr")
        code = None if body.get("status") == "declined" else 0 if success else 1
        self._took(one, Result(output=output, exit_code=code, refused=code is None), record.at)
        self._done(call_id)

    def _mcp_end(self, record: Record) -> None:
        body, call_id = record.body, text(record.body, "call_id")
        result, invocation = mcp_result(body.get("result")), inner(body, "invocation")
        if call_id in self._finished:
            return
        server, tool = text(invocation, "server"), text(invocation, "tool")
        wanted = Call(f"{server}/{tool}" if server else tool_name(tool), invocation.get("arguments"))
        one = self._calls.get(call_id) or self._open(record, wanted, call_id)
        one.asked = wanted if server and tool else one.asked
        if result is not None:
            seconds = duration(body.get("duration"))
            made = Result(output=result.output, exit_code=result.exit_code, seconds=seconds)
            self._took(one, made, record.at)
            self._done(call_id)

    def _web_search_end(self, record: Record) -> None:
        call_id = text(record.body, "call_id")
        action = record.body.get("action") or {"type": "search", "query": text(record.body, "query")}
        one = self._open(record, Call("web_search", action), "")
        one.takes(Result(output="", exit_code=0), record.at)
        self._done(call_id)

    def _aborted(self, record: Record) -> None:
        """The turn is over, whatever of it had not ended."""
        self._stopped = True
        for call_id, one in list(self._calls.items()):
            if not one.ended and one not in self._sessions.values():
                one.takes(Result(output="", aborted=True), record.at)
            if one.ended:
                self._done(call_id)


def duration(value: object) -> float | None:
    """Seconds: of `{"secs": 1, "nanos": 5}`, `1.2s` or a number; None where it is none of them."""
    if isinstance(value, dict):
        whole, parts = value.get("secs"), value.get("nanos", 0)
        numbers = isinstance(whole, int) and isinstance(parts, int) and 0 <= whole < 10**9 and 0 <= parts < 10**9
        return whole + parts / 1e9 if numbers else None
    told = value.removesuffix("s") if isinstance(value, str) and not value.endswith("ms") else value
    try:
        seconds = float(told) if isinstance(told, (str, int, float)) else -1.0
    except (ValueError, OverflowError):
        return None
    return seconds if 0 <= seconds < 1e9 else None  # noqa: PLR2004 - thirty years


def _is_quiet(record: Record) -> bool:
    return (
        record.kind in _QUIET_KINDS
        or (record.kind == EVENT and record.type in _QUIET_EVENTS)
        or (record.kind == ITEM and record.type in _QUIET_ITEMS)
    )


def _parts(content: object) -> list[dict[str, Any]]:
    return [part for part in content if isinstance(part, dict)] if isinstance(content, list) else []
