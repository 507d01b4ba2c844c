"""Writes changes of files as shell text: so that the replay's own recording shows them."""

import re
from collections.abc import Callable, Iterator, Sequence
from shlex import quote

from capture.shells import fish_text
from replay.edits.applying import Change

_END = "END_OF_FILE"
_UNSEEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\x80-\x9f]")
"""Characters that no shell takes as they are, or no reader sees."""


def shell_text(changes: Sequence[Change], absolute: Callable[[str], str], shell: str) -> str:
    """A command that carries the changes out, and stops at the first one that fails.

    Args:
        changes: In order.
        absolute: A path of the patch as the shell must name it.
        shell: Whose text it is.

    Returns:
        Shell text of one or many lines.
    """
    quoted = fish_text.quoted if shell == "fish" else quote
    return "".join(_joined([command for change in changes for command in _commands(change, absolute, quoted, shell)]))


def _commands(
    change: Change, absolute: Callable[[str], str], quoted: Callable[[str], str], shell: str
) -> Iterator[tuple[str, str]]:
    """Commands, each with the lines of its here-document."""
    path = quoted(absolute(change.path))
    if change.parents and not change.deleted:
        yield f"mkdir -p -- {quoted(absolute(change.path).rpartition('/')[0] or '/')}", ""
    if change.deleted:
        yield f"rm -- {path}", ""
        return
    if change.moved_from is not None:
        yield f"mv -- {quoted(absolute(change.moved_from))} {path}", ""
    if change.content is not None:
        yield _written(change.content.decode(), path, quoted, shell)
    if change.mode is not None:
        yield f"chmod {change.mode:o} {path}", ""


def _written(text: str, path: str, quoted: Callable[[str], str], shell: str) -> tuple[str, str]:
    into = ">" if shell == "fish" else ">|"
    if shell != "fish" and text.endswith("\n") and not _UNSEEN.search(text):
        mark = _END
        while mark in text.split("\n"):
            mark += "_"
        return f"cat {into} {path} <<'{mark}'", f"{text}{mark}"
    escaped = _UNSEEN.sub(
        lambda found: "".join(f"\\x{byte:02x}" for byte in found[0].encode()), text.replace("\\", "\\\\")
    )
    return f"printf %b {quoted(escaped)} {into} {path}", ""


def _joined(commands: Sequence[tuple[str, str]]) -> Iterator[str]:
    for at, (command, body) in enumerate(commands):
        yield f"{command} &&\n" if at + 1 < len(commands) else f"{command}\n" if body else command
        yield f"{body}\n" if body and at + 1 < len(commands) else body
