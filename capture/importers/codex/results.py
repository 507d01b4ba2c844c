"""What Codex' tools answered: exit code, time and output, in the forms that it has written them in.

Of a shell: `{"output": …, "metadata": {"exit_code", "duration_seconds"}}`; lines `Exit code: 1`, `Wall time: 2 seconds`
up to `Output:`; with sessions also `Process exited with code 1` or `Process running with session ID 7`.
"""

import re
from typing import Any

import msgspec

from capture.calls import result_text
from capture.importers.codex.records import inner, text_in

TIMED_OUT = 124
"""Exit code of a command that was ended by its time limit."""
_HEAD = re.compile(
    r"(?:Exit code: (?P<exit>-?\d+)|Wall time: (?P<wall>[\d.]+) ?(?:s|seconds)?"
    r"|Process exited with code (?P<exited>-?\d+)|Process running with session ID (?P<session>\d+)"
    r"|(?P<lines>Total output lines: \d+)|Chunk ID: .*|Original token count: \d+|Command: .*)"
)
_CUT = re.compile(
    r"\[\.\.\. ?omitted \d+ of \d+ lines ?\.\.\.\]|…\d+ (?:tokens|chars) truncated…"
    r"|\AWarning: truncated output|output truncated to fit"
)
_LATE = re.compile(r"\s*command timed out after \d+ (?:milliseconds|ms)")
_REFUSED = re.compile(r"\s*(?:\w+ ){0,3}(?:rejected|denied|declined) by (?:the )?user|\s*rejected: ", re.IGNORECASE)
_ABORTED = re.compile(r"\s*abort(?:ed)?(?: by user.*)?\s*\Z", re.IGNORECASE | re.DOTALL)
_BROKEN = re.compile(
    r"\s*(?:err:|error:|failed to parse function arguments|unsupported call|execution error|exec failed"
    r"|exec_command failed|tool call error|tool call failed|apply_patch verification failed|write_stdin failed)",
    re.IGNORECASE,
)


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """How a call ended."""

    output: str
    exit_code: int | None = None
    """None when nothing tells."""
    seconds: float | None = None
    session: int | None = None
    """Set while the process still runs: what to write to it under."""
    truncated: bool = False
    """Whether Codex kept less than what came."""
    refused: bool = False
    """Whether a person said no, and it never ran."""
    aborted: bool = False
    """Whether a person stopped it."""
    broken: bool = False
    """Whether it could not be carried out at all."""

    @property
    def timed_out(self) -> bool:
        """Whether its time limit ended it."""
        return bool(_LATE.match(self.output)) and self.exit_code in (None, TIMED_OUT)


def shell_result(raw: object) -> Result:
    """What came of a shell command.

    Args:
        raw: The `output` of its answer.
    """
    text, success = _plain(raw)
    told = _json(text)
    if told is not None and isinstance(told.get("output"), str):
        metadata = inner(told, "metadata")
        return _result(told["output"], _whole(metadata.get("exit_code")), _seconds(metadata.get("duration_seconds")))
    return _told_by_lines(text) or _said(text, success)


def tool_result(raw: object) -> Result:
    """What a tool answered; an MCP server's texts are joined.

    Args:
        raw: The `output` of its answer.
    """
    text, success = _plain(raw)
    lines = _told_by_lines(text)
    text = text if lines is None else lines.output
    found = _said(text, success)
    wrong = found.broken or success is False or (lines is not None and bool(lines.exit_code))
    ran = not (found.refused or found.aborted)
    return msgspec.structs.replace(
        found,
        output=_unpacked(text),
        exit_code=(1 if wrong else 0) if ran else None,
        seconds=None if lines is None else lines.seconds,
    )


def mcp_result(raw: object) -> Result | None:
    """What an MCP server answered, as an event tells it: `{"Ok": {"content": …}}` or `{"Err": text}`; None: neither."""
    told = raw if isinstance(raw, dict) else {}
    if isinstance(told.get("Err"), str):
        return Result(output=result_text(told["Err"]), exit_code=1)
    answer = inner(told, "Ok")
    if not answer:
        return None
    wrong = bool(answer.get("isError") or answer.get("is_error"))
    return Result(output=_answer(answer), exit_code=int(wrong))


def _answer(answer: dict[str, Any]) -> str:
    structured = answer.get("structuredContent", answer.get("structured_content"))
    content = answer.get("content")
    return result_text(structured if structured is not None else _texts(content))


def _texts(content: object) -> object:
    """The text of a server's answer when it is only text, else all of it."""
    parts = content if isinstance(content, list) else [content]
    only = all(isinstance(part, dict) and isinstance(part.get("text"), str) for part in parts)
    return text_in(content) if only else content


def _unpacked(text: str) -> str:
    try:
        told = msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeEncodeError, RecursionError):
        return result_text(text)
    if isinstance(told, dict) and isinstance(told.get("content"), list):
        return _answer(told)
    return result_text(_texts(told) if isinstance(told, list) and told else told)


def _plain(raw: object) -> tuple[str, bool | None]:
    """The text of an answer, and whether it says that it went well."""
    if isinstance(raw, dict):
        success = raw.get("success")
        content = raw.get("content", raw.get("output"))
        told = text_in(content) if isinstance(content, (str, list)) else msgspec.json.encode(raw).decode()
        return told, success if isinstance(success, bool) else None
    return text_in(raw), None


def _json(text: str) -> dict[str, Any] | None:
    if not text.lstrip().startswith("{"):
        return None
    try:
        told = msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeEncodeError, RecursionError):
        return None
    return told if isinstance(told, dict) else None


def _told_by_lines(text: str) -> Result | None:
    """By the lines above `Output:`; None when it does not begin with such."""
    found: dict[str, str] = {}
    rest = text
    while rest:
        line, end, below = rest.partition("\n")
        if line == "Output:" and found:
            return _by_head(found, below)
        head = _HEAD.fullmatch(line)
        if head is None:
            return None
        found |= {name: value for name, value in head.groupdict().items() if value is not None} or {"other": line}
        rest = below if end else ""
    return _by_head(found, "") if found else None


def _by_head(found: dict[str, str], output: str) -> Result:
    code = _number(found.get("exit", found.get("exited")))
    session = None if code is not None else _number(found.get("session"))
    made = _result(output, code, _seconds(found.get("wall")), session)
    return msgspec.structs.replace(made, truncated=made.truncated or "lines" in found)


def _said(text: str, success: bool | None) -> Result:  # noqa: FBT001 - as the answer says
    """By what the text says, where no exit code is told."""
    refused, aborted = bool(_REFUSED.match(text)), bool(_ABORTED.match(text))
    broken = bool(_BROKEN.match(text)) or (success is False and not (refused or aborted))
    code = TIMED_OUT if _LATE.match(text) else 0 if success else None
    return msgspec.structs.replace(_result(text, code, None), refused=refused, aborted=aborted, broken=broken)


def _result(output: str, code: int | None, seconds: float | None, session: int | None = None) -> Result:
    # Words are found much faster than the pattern, and most outputs have none of them.
    cut = ("omitted" in output or "truncated" in output) and _CUT.search(output) is not None
    return Result(output=output, exit_code=code, seconds=seconds, session=session, truncated=cut)


def _whole(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 1 << 31 else None


def _number(text: str | None) -> int | None:
    return None if text is None or len(text) > 10 else _whole(int(text))  # noqa: PLR2004 - digits of 32 bits


def _seconds(value: object) -> float | None:
    try:
        seconds = float(value) if isinstance(value, (str, int, float)) else -1.0
    except (ValueError, OverflowError):
        return None
    return seconds if 0 <= seconds < 1e9 else None  # noqa: PLR2004 - thirty years
