"""Commands that had a shell of their own each, as text for one shell that runs them all (pure)."""

import re

_BEGINS = (
    r"(?:^|[;&|({\n]|\b(?:then|do|else|elif|if|while|until|time|builtin|command)\b|!)\s*"
    r"(?:\w+=[^\s;&|()]*\s+)*"
)
_MOVES = re.compile(rf"{_BEGINS}(?:cd|pushd|popd)(?![\w./=-])", re.MULTILINE)
_LEAVES = re.compile(
    rf"{_BEGINS}(?:export|exit|set|source|\.|exec|unset|shopt|trap|umask|ulimit|alias|unalias|declare|local|typeset"
    rf"|readonly|eval|return|logout|hash|disown|read|mapfile|readarray|getopts|let|for|select|coproc|enable"
    rf"|function\s)(?![\w./=-])|{_BEGINS}\w+(?:\[[^]\n]*\])?\+?=[^\s;&|]*\s*(?:$|[;&|\n])|{_BEGINS}\w+\+?=[\"'(`$]"
    rf"|{_BEGINS}[\w-]+\s*\(\s*\)\s*[{{(]|\(\(|\$\{{\w+:?=|\bprintf\s+-v\b",
    re.MULTILINE,
)
_SEVERAL = re.compile(r"[;&|(){}\n#\\]")


def moves(command: str) -> bool:
    """Whether a command may leave its shell in another directory."""
    return _MOVES.search(command) is not None


def isolated(command: str, *, moving: bool = False) -> str:
    """A command such that it leaves nothing to the next one: in a subshell where it may move, set or end something.

    Args:
        command: Text of bash or the like.
        moving: Whether it may leave its directory to the next one, if it does nothing else that needs a subshell.
    """
    if not _LEAVES.search(command) and (moving or not moves(command)):
        return command
    return _in_a_subshell(command)


def in_background(command: str) -> str:
    """A command that nobody waits for, as shell text; it leaves nothing to the next one.

    Args:
        command: Text of bash or the like.
    """
    return f"{_in_a_subshell(command) if _SEVERAL.search(command) else command.rstrip()} &"


def _in_a_subshell(command: str) -> str:
    # A comment, a here-document or a backslash at its end needs the line end; and `((` is arithmetic.
    needs_line = "\n" in command.strip() or "#" in command or command.endswith("\\") or command.lstrip()[:1] == "("
    return f"(\n{command}\n)" if needs_line else f"({command})"
