"""What a model asked Codex to do: a command, a patch, something to type, or a tool's call."""

import re
import shlex
from collections.abc import Sequence
from posixpath import basename, join, normpath
from typing import Any

import msgspec

from capture.apply_patch import BEGIN
from capture.calls import Call
from capture.importers.codex.records import text

_SHELL_TOOLS = frozenset({"shell", "container.exec", "local_shell", "shell_command", "exec_command"})
_SHELLS = frozenset({"bash", "sh", "zsh", "fish", "dash"})
_FLAGS = frozenset({"-c", "-lc", "-ic", "-lic"})
_PATCHERS = frozenset({"apply_patch", "applypatch"})
_HEREDOC = re.compile(
    r"\s*(?:cd\s+(?P<into>'[^']*'|\"[^\"$`]*\"|[^\s;&|'\"$`]+)\s*&&\s*)?apply_?patch\s*<<-?\s*"
    r"(?P<quote>['\"]?)(?P<mark>\w+)(?P=quote)[ \t]*\n(?P<patch>.*?)\n[ \t]*(?P=mark)\s*\Z",
    re.DOTALL,
)
_ALONE = re.compile(r"\s*<<-?\s*['\"]?(\w+)['\"]?\n(?P<patch>.*)\n\1\s*\Z", re.DOTALL)


class Shell(msgspec.Struct, frozen=True):
    """A command."""

    text: str
    cwd: str


class Patch(msgspec.Struct, frozen=True):
    """Edits of files."""

    text: str
    """As `capture.apply_patch` reads it."""
    cwd: str
    """What its paths are relative to."""


class Typed(msgspec.Struct, frozen=True):
    """Something to type into a running command; nothing: to see what it printed."""

    session: int | None
    text: str


class Planned(msgspec.Struct, frozen=True):
    """The agent's plan; nothing is done by it."""

    text: str


Asked = Shell | Patch | Typed | Planned | Call


def asked(name: str, given: object, cwd: str, namespace: str = "") -> Asked:
    """What a call asks for.

    Args:
        name: Of the tool.
        given: Its arguments: a text holding JSON, any other text, or a value.
        cwd: Where the turn works.
        namespace: Of the tool, as `mcp__server__`.
    """
    value = _value(given)
    fields = value if isinstance(value, dict) else {}
    if name in _SHELL_TOOLS:
        found = _command(fields, cwd)
        if found is not None:
            return found
    if name in _PATCHERS:
        patch = value if isinstance(value, str) else text(fields, "input") or text(fields, "patch")
        return Patch(unwrapped(patch), cwd)
    if name == "write_stdin":
        session = fields.get("session_id")
        return Typed(session if isinstance(session, int) else None, text(fields, "chars"))
    if name == "update_plan" and isinstance(fields.get("plan"), list):
        return Planned(_plan(fields))
    return Call(tool_name(name, namespace), value)


def tool_name(name: str, namespace: str = "") -> str:
    """A tool's name as `server/tool` where a server offers it.

    Args:
        name: As `mcp__server__tool`, `server__tool` or bare.
        namespace: As `mcp__server__`, or empty.
    """
    if namespace:
        return f"{namespace.removeprefix('mcp__').strip('_')}/{name}"
    server, parted, tool = name.removeprefix("mcp__").partition("__")
    return f"{server}/{tool}" if parted and server and tool else name


def command_of(words: object, cwd: str) -> Shell | Patch | None:
    """What a list of words runs; None when it is none."""
    if isinstance(words, str):
        return _shell(words, cwd)
    if not isinstance(words, list) or not words or not all(isinstance(word, str) for word in words):
        return None
    return _of_words(words, cwd)


def unwrapped(patch: str) -> str:
    """A patch without the here-document that some models put around it."""
    found = _ALONE.fullmatch(patch)
    return found["patch"] if found else patch


def _command(fields: dict[str, Any], cwd: str) -> Shell | Patch | None:
    where = text(fields, "workdir") or text(fields, "working_directory")
    place = normpath(join(cwd, where)) if where else cwd
    return command_of(fields.get("command", fields.get("cmd")), place)


def _of_words(words: Sequence[str], cwd: str) -> Shell | Patch:
    if len(words) == 3 and basename(words[0]) in _SHELLS and words[1] in _FLAGS:  # noqa: PLR2004 - shell, flag, text
        return _shell(words[2], cwd)
    if len(words) == 2 and words[0] in _PATCHERS:  # noqa: PLR2004 - tool and patch
        return Patch(unwrapped(words[1]), cwd)
    return Shell(shlex.join(words), cwd)


def _shell(command: str, cwd: str) -> Shell | Patch:
    found = _HEREDOC.fullmatch(command) if "patch" in command else None
    if found:
        into = (found["into"] or "").strip("'\"")
        return Patch(found["patch"], normpath(join(cwd, into)) if into else cwd)
    if command.lstrip().startswith(("apply_patch ", "applypatch ")) and BEGIN in command:
        try:
            words = shlex.split(command)
        except ValueError:
            return Shell(command, cwd)
        if len(words) == 2:  # noqa: PLR2004 - tool and patch
            return Patch(words[1], cwd)
    return Shell(command, cwd)


def _value(given: object) -> object:
    if not isinstance(given, str):
        return given
    try:
        return msgspec.json.decode(given)
    except (msgspec.DecodeError, UnicodeEncodeError, RecursionError):
        return given


def _plan(fields: dict[str, Any]) -> str:
    steps = [one for one in fields["plan"] if isinstance(one, dict)]
    told = [f"[{text(one, 'status') or 'pending'}] {text(one, 'step')}" for one in steps]
    return "\n".join(["Plan:", *filter(None, [text(fields, "explanation")]), *told])
