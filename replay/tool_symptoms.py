"""How tools word their failures, beside what commands print: data only, in the order in which it is looked at."""

import re

from replay.outcome import FailureClass

NO_EXECUTOR = 127
"""The exit code of a call that nothing carries out."""
TIME_UP = 124
"""The exit code of a call whose answer did not come in time."""
WORDINGS: tuple[tuple[FailureClass, re.Pattern[str]], ...] = tuple(
    (failure_class, re.compile(written, re.IGNORECASE | re.MULTILINE))
    for failure_class, written in (
        # Python's own words, those of pydantic, and of JSON Schema's validators.
        (FailureClass.UNKNOWN_OPTION, r"unexpected keyword argument:? '(?P<s>[^']+)'"),
        (FailureClass.UNKNOWN_OPTION, r"missing \d+ required (?:positional|keyword-only) arguments?: '(?P<s>[^']+)'"),
        (FailureClass.UNKNOWN_OPTION, r"additional propert\w+ (?:are|is) not allowed \('(?P<s>[^']+)'"),
        (FailureClass.UNKNOWN_OPTION, r"'(?P<s>[^']+)' is a required property"),
        (
            FailureClass.UNKNOWN_OPTION,
            r"unrecognized.keys|invalid (?:input|argument|param)s?\b|input is wrong|-32602\b",
        ),
        # What MCP's SDKs say of a tool that is not there.
        (FailureClass.UNKNOWN_TARGET, r"unknown tool:? '?(?P<s>[^\s']+)"),
        (FailureClass.UNKNOWN_TARGET, r"tool '?(?P<s>[\w./-]+)'? (?:is )?not found|method not found|-32601"),
        # The reference server for files, and this program's operations on files.
        (FailureClass.PERMISSION_DENIED, r"access denied|outside allowed directories|leads out of the workspace"),
        (FailureClass.MISSING_FILE, r"ENOENT: no such file or directory, \w+ '(?P<s>[^']+)'"),
        (FailureClass.ALREADY_EXISTS, r"EEXIST: file already exists, \w+ '(?P<s>[^']+)'"),
        (FailureClass.PERMISSION_DENIED, r"E(?:ACCES|PERM): [^,]*, \w+ '(?P<s>[^']+)'"),
        (FailureClass.AUTH, r"\b401\b|unauthori[sz]ed|invalid (?:api key|token|credentials)|not authenticated"),
        (FailureClass.PERMISSION_DENIED, r"\b403\b|forbidden"),
        (
            FailureClass.NETWORK,
            r"connection (?:refused|reset|broke|closed)|can't be (?:reached|asked)|\b50[234]\b|fetch failed",
        ),
    )
)
"""A class, and words that mean it; their group `s`, where it is there, is the subject."""


def classified(exit_code: int | None, output: str) -> tuple[FailureClass, str | None, str | None] | None:
    """Of what kind the failure of a call is.

    Args:
        exit_code: As `replay.tools.answers` gives them; not the expected one.
        output: What the tool said.

    Returns:
        The class, what it is about, and the line that says so; None when its words are in no table.
    """
    for failure_class, pattern in WORDINGS:
        if found := pattern.search(output):
            start = output.rfind("\n", 0, found.start()) + 1
            line = output[start : output.find("\n", found.end()) if "\n" in output[found.end() :] else None]
            return failure_class, found.groupdict().get("s"), line
    if exit_code == TIME_UP:
        return FailureClass.TIMEOUT, None, None
    return (FailureClass.UNKNOWN_TARGET, None, None) if exit_code == NO_EXECUTOR else None
