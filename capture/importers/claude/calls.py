"""One call of Claude Code's tools with its result, as a step; the same for session files and for hooks."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec

from capture.calls import Call, result_text
from capture.importers.claude.edits import WRITERS, edited
from capture.importers.foreign import LeftOut
from capture.importers.isolating import in_background, isolated, moves
from capture.importers.told import IN_BACKGROUND, NO_EXIT_CODE, REFUSED, STOPPED, Told
from capture.provenance import Hints
from capture.trace import StepKind, StepStatus

LOOKED = "it only looked, and what it saw went to the agent alone"
OWN_AFFAIRS = "it kept the agent's own books, and changed nothing else"
CHANGED_NOTHING = "it failed, and changed nothing"
_LOOKING = frozenset(
    {"Read", "Glob", "Grep", "LS", "NotebookRead", "WebFetch", "WebSearch", "BashOutput", "TaskOutput",
     "AgentOutputTool", "LSP", "ListMcpResourcesTool", "ReadMcpResourceTool", "View", "GlobTool", "GrepTool"}
)  # fmt: skip
_BOOKS = frozenset(
    {"TodoWrite", "TodoRead", "TaskCreate", "TaskUpdate", "TaskList", "TaskGet", "EnterPlanMode", "ExitPlanMode",
     "exit_plan_mode", "AskUserQuestion", "ToolSearch", "Skill", "SlashCommand", "Think"}
)  # fmt: skip
_MCP = re.compile(r"mcp__(.+?)__(.+)", re.DOTALL)
_EXIT = re.compile(r"\s*(?:<error>)?(?:Error: )?Exit code (\d{1,3})(?:\n|\Z)")
_REFUSED = re.compile(
    r"\s*(?:Error: )?(?:<tool_use_error>)?(?:The user doesn't want to |User rejected |Permission to use |"
    r"Claude requested permissions? to |Permission for this action |\[Request interrupted by user for tool use\]|"
    r"Cancelled: |Sibling tool call errored|InputValidationError|\S* ?\w+ operation blocked by hook|PreToolUse:\S+ )"
)
_ABORTED = ("Command was aborted before completion", "[Request interrupted by user", "Request was aborted")
_TIMED_OUT = re.compile(r"Command timed out after ")
_WAS_RESET = "Shell cwd was reset to "
_RESET = re.compile(r"\n?Shell cwd was reset to (.+)\s*\Z")
_REMINDER, _REMINDED = "<system-reminder>", "</system-reminder>"
_WRAPPED = re.compile(r"<tool_use_error>(.*)</tool_use_error>", re.DOTALL)
_CUT = re.compile(r"\.\.\. \[\d+ (?:lines|characters) truncated\] \.\.\.|<persisted-output>|\[Output truncated")
_CUT_WORDS = ("truncated", "<persisted-output>")
"""One of them stands in whatever `_CUT` finds; most output holds none, which is seen far sooner so."""
_BACKGROUND = "Command running in background with ID"


class Answer(msgspec.Struct, frozen=True):
    """What came of a call."""

    text: str
    """What the model was told."""
    error: bool = False
    outcome: Any = None
    """What the agent itself keeps of it: plain values."""


class Circumstances(msgspec.Struct, frozen=True, kw_only=True):
    """Where and when a call was made."""

    workspace: str
    cwd: str
    cwd_after: str | None = None
    at: datetime | None = None
    until: datetime | None = None


def told_call(name: str, given: Any, answer: Answer | None, where: Circumstances, left_out: LeftOut) -> Told:
    """A call as a step.

    Args:
        name: Of the tool, as the agent calls it.
        given: What it was given.
        answer: What came of it; None: nobody knows.
        where: Where and when.
        left_out: Hears of what can't be told.
    """
    inputs = given if isinstance(given, dict) else {}
    if name == "Bash" and isinstance(inputs.get("command"), str):
        return _shell(inputs, answer, where, left_out)
    if name in WRITERS and answer is not None and not answer.error:
        edit = edited(name, inputs, answer.outcome, answer.text, where.workspace)
        if edit is not None:
            return _told(StepKind.FILE, edit.patch, where, exit_code=0, changed=(edit.changed,))
        left_out.note("changes of files that the record does not tell in full stand as calls of the agent's tool")
    return _tool(name, given, answer, where)


def tool_name(name: str) -> str:
    """A tool's name as traces have it: `server/tool` for one that a server offers."""
    found = _MCP.fullmatch(name)
    return f"{found[1]}/{found[2]}" if found else name or "nameless"


def _told(kind: StepKind, command: str, where: Circumstances, **more: Any) -> Told:
    after = {"cwd_after": where.cwd_after} | more
    return Told(kind=kind, command=command, cwd=where.cwd, at=where.at, until=where.until, **after)


def _shell(given: Mapping[str, Any], answer: Answer | None, where: Circumstances, left_out: LeftOut) -> Told:
    command = given["command"]
    if answer is None:
        return _told(StepKind.SHELL, isolated(command, moving=True), where, exit_code=None)
    kept = answer.outcome if isinstance(answer.outcome, dict) else {}
    printed = _printed(answer, kept)
    if answer.error and _REFUSED.match(printed):
        return _refused(StepKind.SHELL, command, where, printed)
    exited = _EXIT.match(printed) if answer.error else None
    output = printed[exited.end() :].removesuffix("</error>") if exited else printed
    reset = _RESET.search(output) if _WAS_RESET in output else None
    command, where = _in_its_own_shell(command, where, reset=reset is not None)
    output = output[: reset.start()] if reset else output
    more: dict[str, Any] = {"output": _line(output), "output_truncated": _is_cut(output)}
    more["timed_out"] = answer.error and bool(_TIMED_OUT.search(output))
    if _in_background(given, answer, kept):
        left_out.note("commands that went on in the background have no exit code")
        more |= {"hints": Hints(open_end=IN_BACKGROUND), "cwd_after": where.cwd}
        return _told(StepKind.SHELL, in_background(given["command"]), where, exit_code=None, **more)
    code = int(exited[1]) if exited else _code(answer, kept)
    if code is None and answer.error and not _is_aborted(output):
        left_out.note("commands that failed without telling their exit code have none")
        more |= {"status": StepStatus.FAILED, "hints": Hints(open_end=NO_EXIT_CODE)}
    elif code is None:
        more["hints"] = Hints(dead_end=STOPPED)
    return _told(StepKind.SHELL, command, where, exit_code=code, **more)


def _in_its_own_shell(command: str, where: Circumstances, *, reset: bool) -> tuple[str, Circumstances]:
    """The command such that one shell for all of them comes to what a shell each came to.

    The agent's working directory is the only thing that a command leaves to the next one, and not always:
    https://code.claude.com/docs/en/tools-reference#bash-tool-behavior.

    Args:
        command: As it was given.
        where: Where the agent was before, and afterwards.
        reset: Whether the agent went back by itself.

    Returns:
        The text, and where a shell stands behind it; whatever comes next says itself where it runs.
    """
    moving = where.cwd_after not in (None, where.cwd) and not reset and moves(command)
    text = isolated(command, moving=moving)
    kept = where.cwd_after if moving and text == command else where.cwd
    return text, msgspec.structs.replace(where, cwd_after=kept)


def _is_cut(output: str) -> bool:
    told = any(word in output for word in _CUT_WORDS)
    return told and _CUT.search(output) is not None


def _code(answer: Answer, kept: Mapping[str, Any]) -> int | None:
    """The exit code of a command of which no error tells it; None when nothing does."""
    if kept.get("interrupted") is True or answer.error:
        return None
    # The agent tells its model that such a code is none of a failure, as that of grep which finds nothing.
    return 1 if kept.get("returnCodeInterpretation") else 0


def _is_aborted(output: str) -> bool:
    return any(word in output for word in _ABORTED)


def _printed(answer: Answer, kept: Mapping[str, Any]) -> str:
    parts = [part for part in (kept.get("stdout"), kept.get("stderr")) if isinstance(part, str) and part]
    if parts:
        return "\n".join(part.removesuffix("\n") for part in parts)
    return "" if "stdout" in kept else plain(answer.text)


def _in_background(given: Mapping[str, Any], answer: Answer, kept: Mapping[str, Any]) -> bool:
    asked = given.get("run_in_background") is True and not answer.error
    return asked or bool(kept.get("backgroundTaskId")) or answer.text.startswith(_BACKGROUND)


def _tool(name: str, given: Any, answer: Answer | None, where: Circumstances) -> Told:
    command = Call(tool_name(name), given).text
    hints = _hints(name, answer)
    if answer is None:
        return _told(StepKind.TOOL, command, where, exit_code=None, hints=hints)
    text = plain(answer.text)
    if answer.error and _REFUSED.match(text):
        return _refused(StepKind.TOOL, command, where, text)
    wrapped = _WRAPPED.fullmatch(text.strip())
    output = result_text(wrapped[1] if wrapped else text)
    return _told(StepKind.TOOL, command, where, exit_code=int(answer.error), output=output, hints=hints)


def _hints(name: str, answer: Answer | None) -> Hints | None:
    reasons = {**dict.fromkeys(_LOOKING, LOOKED), **dict.fromkeys(_BOOKS, OWN_AFFAIRS)}
    reason = reasons.get(name)
    if name in WRITERS and answer is not None and answer.error:
        reason = CHANGED_NOTHING
    return None if reason is None else Hints(dead_end=reason)


def _refused(kind: StepKind, command: str, where: Circumstances, text: str) -> Told:
    told = _told(kind, command, where, exit_code=None, status=StepStatus.SKIPPED, output=_line(text))
    return msgspec.structs.replace(told, hints=Hints(dead_end=REFUSED))


def plain(text: str) -> str:
    """What the model was told, without what the agent adds to it on its own behalf."""
    if _REMINDER not in text:
        return text
    kept: list[str] = []
    at = 0
    while (begin := text.find(_REMINDER, at)) >= 0 and (end := text.find(_REMINDED, begin)) >= 0:
        kept.append(text[at:begin].rstrip("\n"))
        at = end + len(_REMINDED)
    return "\n".join(part for part in (*kept, text[at:].strip("\n")) if part)


def _line(text: str) -> str:
    """Output with the line end that the agent takes off."""
    return text if not text or text.endswith("\n") else f"{text}\n"
