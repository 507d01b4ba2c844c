"""Tells from a patch and the files that it is about whether it was applied already: a reverse dry run in memory."""

import re
from collections.abc import Callable, Iterator

import msgspec

from replay.syntax import CommandUse
from replay.syntax.operands import git_words, read_arguments
from replay.syntax.tools import Tool
from replay.syntax.wrappers import base_name

_HUNK = re.compile(r"@@ -(\d+)(?:,\d+)? \+(\d+)(?:,\d+)? @@")
_NAMED = re.compile(r"\+\+\+ ([^\t\n]+)")
_ARGUMENTS = Tool(valued="-p --strip -F -D -B -V -z -o --output --exclude --include --directory", reads="-i --input")
_OTHERWISE = "-R --reverse --dry-run --check --stat -d --directory --cached -3 --3way"


class Patching(msgspec.Struct, frozen=True, kw_only=True):
    """A command that applies a patch."""

    patch: str | None
    """The patch file that its words name; None when it comes from the standard input."""
    target: str | None
    """The only file to be patched, when its words name one."""
    strip: int | None
    """How many directories of the names in the patch are left out; None for all of them."""


class _Hunk(msgspec.Struct, frozen=True):
    file: str
    old_start: int
    new_start: int
    old: list[str]
    new: list[str]


def patching(use: CommandUse) -> Patching | None:
    """What a command patches.

    Args:
        use: Any command.

    Returns:
        None when it applies no patch, or in a way that is not looked into.
    """
    by_git = base_name(use.name) == "git" and [word.value for word in git_words(use)[:1]] == ["apply"]
    if not by_git and base_name(use.name) != "patch":
        return None
    arguments = read_arguments(git_words(use)[1:] if by_git else use.words[1:], _ARGUMENTS)
    named = [word.value for word in arguments.operands]
    strip = [word.value or "" for word in arguments.values("-p --strip")]
    if arguments.given(_OTHERWISE) or None in named or not all(text.isdigit() for text in strip):
        return None
    given = [word.value for word in arguments.values("-i --input")]
    files = named if by_git else [*given, *named[1:2]]
    return Patching(
        patch=files[0] if files else None,
        target=None if by_git or not named else named[0],
        strip=int(strip[0]) if strip else 1 if by_git else None,
    )


def is_applied(patch: str, how: Patching, read: Callable[[str], str | None]) -> bool:
    """Whether every hunk's new lines stand where it would put them.

    Args:
        patch: A unified diff.
        how: How it is applied.
        read: The text of a file to be patched; None when it can't be read.

    Returns:
        False also when it can't be told.
    """
    hunks = tuple(_hunks(patch))
    return bool(hunks) and all(_is_there(hunk, read(how.target or _stripped(hunk.file, how.strip))) for hunk in hunks)


def _is_there(hunk: _Hunk, text: str | None) -> bool:
    if text is None:
        return False
    lines = text.splitlines()

    def stands(block: list[str], start: int) -> bool:
        return lines[start - 1 : start - 1 + len(block)] == block

    # What only drops lines at the end stands there before it as well.
    return stands(hunk.new, hunk.new_start) and (len(hunk.new) > len(hunk.old) or not stands(hunk.old, hunk.old_start))


def _hunks(patch: str) -> Iterator[_Hunk]:
    file, hunk = "", None
    for line in patch.splitlines():
        named, begun = _NAMED.match(line), _HUNK.match(line)
        if named or begun or line.startswith(("diff ", "--- ")):
            if hunk is not None:
                yield hunk
            file = named[1] if named else file
            hunk = _Hunk(file, int(begun[1]), int(begun[2]), [], []) if begun else None
        elif hunk is not None:
            if line[:1] in ("", " ", "-"):
                hunk.old.append(line[1:])
            if line[:1] in ("", " ", "+"):
                hunk.new.append(line[1:])
    if hunk is not None:
        yield hunk


def _stripped(name: str, strip: int | None) -> str:
    parts = name.split("/")
    return parts[-1] if strip is None else "/".join(parts[strip:])
