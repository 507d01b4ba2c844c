"""Commands that had a shell of their own each, as text for one shell that runs them all (pure)."""

import re

_BEGINS = r"(?:^|[;&|({\n]|\b(?:then|do|else)\b)\s*"
_LEAVES = re.compile(
    rf"{_BEGINS}(?:cd|pushd|popd|export|exit|set|source|\.|exec|unset|shopt|trap|umask|ulimit|alias|unalias|declare"
    rf"|typeset|readonly|eval|return|logout|hash|disown|function\s)(?![\w./=-])|{_BEGINS}\w+\+?=[^\s;&|]*\s*(?:$|[;&|\n])"
    rf"|{_BEGINS}[\w-]+\s*\(\s*\)\s*[{{(]",
    re.MULTILINE,
)


def isolated(command: str) -> str:
    """A command such that it leaves nothing to the next one: in a subshell where it may move, set or end something.

    Args:
        command: Text of bash or the like.
    """
    if not _LEAVES.search(command):
        return command
    # A comment or a here-document at its end needs the line end.
    return f"(\n{command}\n)" if "\n" in command.strip() or "#" in command else f"({command})"
