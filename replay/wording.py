"""Puts the complaints of zsh, fish and dash into bash's words, so that one table of symptoms serves all shells."""

import re
from collections.abc import Mapping
from types import MappingProxyType

_ZSH = re.compile(
    r"^(?P<who>[^\s:]+:(?:[\w.-]+:)?(?:\d+:)?) (?P<why>no such file or directory|permission denied|command not found"
    r"|operation not permitted|not a directory|is a directory|file exists|read-only file system|no matches found"
    r"|no space left on device): (?P<s>[^\n]+)$",
    re.MULTILINE,
)
_REASONS: Mapping[str, str] = MappingProxyType(
    {
        "command not found": "command not found",
        "file exists": "File exists",
        "is a directory": "Is a directory",
        "no matches found": "No such file or directory",
        "no such file or directory": "No such file or directory",
        "no space left on device": "No space left on device",
        "not a directory": "Not a directory",
        "operation not permitted": "Operation not permitted",
        "permission denied": "Permission denied",
        "read-only file system": "Read-only file system",
    }
)
_BUILTIN = re.compile(r"(?:^|:)(?P<name>cd|pushd|chdir):")
Wordings = tuple[tuple[re.Pattern[str], str], ...]


def _wordings(*pairs: tuple[str, str]) -> Wordings:
    return tuple((re.compile(pattern, re.MULTILINE), words) for pattern, words in pairs)


_ZSH_OTHERS = _wordings(
    (
        r"^(?P<who>[^\s:]+:(?:\d+:)?) (?P<s>[^\n]+): bad interpreter: (?P<by>[^\n]+): no such file or directory$",
        r"\g<who> \g<s>: \g<by>: bad interpreter: No such file or directory",
    ),
    (r"^(?P<who>\S+): write error: no space left on device$", r"\g<who>: write error: No space left on device"),
)
_FISH = _wordings(
    (r"^fish: Unknown command: (?P<s>[^\s/]+)$", r"fish: \g<s>: command not found"),
    (r"^fish: Unknown command: (?P<s>\S+)$", r"fish: \g<s>: No such file or directory"),
    (
        r"^fish: Unknown command\. '(?P<s>[^\n]+)' exists but is not an executable file\.$",
        r"fish: \g<s>: Permission denied",
    ),
    (
        (
            r"^(?:exec|fish): Failed to execute process '(?P<s>[^\n]+?)': +The file specified the interpreter "
            r"'(?P<by>[^\n]+?)', which is not an executable command\.$"
        ),
        r"fish: \g<s>: \g<by>: bad interpreter: No such file or directory",
    ),
    (
        r"^(?:exec|fish): Failed to execute process '(?P<s>[^\n]+?)': +The file uses Windows line endings.*$",
        r"fish: \g<s>: cannot execute: required file not found",
    ),
    (
        r"^warning: An error occurred while redirecting file '(?P<s>[^\n]+)'\nwarning: Path '.*' does not exist$",
        r"fish: \g<s>: No such file or directory",
    ),
    (
        r"^warning: An error occurred while redirecting file '(?P<s>[^\n]+)'\nopen: (?P<why>.+)$",
        r"fish: \g<s>: \g<why>",
    ),
    (
        r"^source: Error encountered while sourcing file '(?P<s>[^\n]+)':\nsource: (?P<why>.+)$",
        r"fish: \g<s>: \g<why>",
    ),
    (r"^cd: The directory '(?P<s>[^\n]+)' does not exist$", r"cd: \g<s>: No such file or directory"),
    (r"^cd: '(?P<s>[^\n]+)' is not a directory$", r"cd: \g<s>: Not a directory"),
    (r"^fish: No matches for wildcard '(?P<s>[^\n]+?)'\..*$", r"fish: \g<s>: No such file or directory"),
    (r"^(?P<who>[\w-]+): (?P<s>-\S+): unknown option$", r"\g<who>: unknown option \g<s>"),
    (r"^(?P<who>[\w-]+): (?P<s>\S+): invalid subcommand$", r"\g<who>: unknown subcommand \g<s>"),
    (r"^fish: (?P<s>Unexpected end of string|Missing end to balance|Expected a [^\n]+)", r"syntax error: \g<s>"),
)
_DASH = _wordings(
    (r"^(?P<who>[^\s:]+: \d+): (?P<s>[^\s:]*/[^\s:]*): not found$", r"\g<who>: \g<s>: No such file or directory"),
)


def in_bash_words(output: str) -> tuple[str, dict[str, str]]:
    """Reword what other shells say.

    Args:
        output: What a step printed.

    Returns:
        The output with those lines as bash would word them, and each such line to what was really printed.
    """
    said: dict[str, str] = {}
    for pattern, words in (*_ZSH_OTHERS, *_FISH, *_DASH):
        output = pattern.sub(lambda found: _noted(found, found.expand(words), said), output)  # noqa: B023 - called at once
    return _ZSH.sub(lambda found: _noted(found, _of_zsh(found), said), output), said


def _noted(found: re.Match[str], words: str, said: dict[str, str]) -> str:
    said[words.strip()] = found[0].replace("\n", " ").strip()
    return words


def _of_zsh(found: re.Match[str]) -> str:
    builtin = _BUILTIN.search(found["who"])
    who = f"{builtin['name']}:" if builtin else found["who"]
    return f"{who} {found['s']}: {_REASONS[found['why']]}"
