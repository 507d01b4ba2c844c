"""Holds what a step printed against its pattern, line by line, and tells where they part."""

import re
from collections.abc import Mapping, Sequence
from difflib import SequenceMatcher

import msgspec

from replay.matching.walking import Walk
from replay.playbook import Capture

SHOWN_LINES = 20
"""Lines of a difference that are told."""
_COMPARED_TO_TELL = 200
_UNORDERED_LIMIT = 2000

_JOB_ENDED = re.compile(
    r"\[\d+\][-+]?  +(?:Done|Running|Stopped|Exit \d+|[A-Z][a-z]+(?: [a-z]+)?(?: \(core dumped\))?)  +\S.*"
)
_JOB_STARTED = re.compile(r"\[\d+\] (?:\d+|\{\{pid\}\})")
_NEWER = re.compile(
    r"npm notice New (?:major|minor|patch) version of npm available!.*|\[notice\] A new release of pip .*available.*"
)
"""A tool tells of a newer one of its own: now and then, whatever it was asked to do."""
_OF_NEWER = re.compile(r"npm notice(?: (?:Changelog|To update run|Run npm install).*)?|\[notice\] To update, run:.*")
"""What stands around that."""
_SHELL_SAYS = re.compile(r"-?bash: (?:eval: )?line \d+: ")


class OutputMismatch(msgspec.Struct, frozen=True, kw_only=True):
    """Where what came parts from what was expected."""

    line: int
    """Of the expected output, counted from 1."""
    expected: str
    """The expected lines that found no match; values in, masks by name."""
    actual: str
    """The lines that came in their place."""
    nearest: str | None = None
    """Of those, the one most like the first expected line."""
    reordered: bool = False
    """The same lines came in another order."""


class OutputMatch(msgspec.Struct, frozen=True, kw_only=True):
    """What holding output against its pattern came to."""

    captured: dict[str, str]
    """Values read, by capture name."""
    mismatch: OutputMismatch | None
    """None when all of it matches."""


def match_output(
    pattern: str, actual: str, values: Mapping[str, str], captures: Sequence[Capture] = (), *, unordered: bool = False
) -> OutputMatch:
    """Hold output against its pattern, line by line.

    Spaces at the ends of lines, job notices, notices of newer versions and blank lines at the end don't count; on a
    line with something that varies, neither does the width of gaps and rulers.

    Args:
        pattern: Expected output, with the names of masks, values and captures.
        actual: What came.
        values: What the names that are known stand for.
        captures: Values to read from it.
        unordered: Lines may come in any order (jobs that run side by side).

    Returns:
        The values read, and the first difference.
    """
    jobs = (unordered or "] {{pid}}" in pattern) and not reads_jobs(pattern, captures)
    wanted = counted(pattern, jobs=jobs)
    walk = Walk(wanted, values, captures)
    came = counted(actual, jobs=jobs)
    most = max(len(walk.lines), len(came))
    if unordered and most <= _UNORDERED_LIMIT and walk.any_order(came):
        return OutputMatch(captured=walk.captured, mismatch=None)
    gap = walk.parting(came)
    if gap is None:
        return OutputMatch(captured=walk.captured, mismatch=None)
    shown = [walk.shown(line) for line in gap.unmatched]
    return OutputMatch(
        captured=walk.captured,
        mismatch=OutputMismatch(
            line=gap.at + 1,
            expected=_excerpt(shown),
            actual=_excerpt(gap.instead),
            nearest=_nearest(shown[0], gap.instead) if shown else None,
            reordered=most <= _COMPARED_TO_TELL and Walk(wanted, values, captures).any_order(came),
        ),
    )


def reads_jobs(pattern: str, captures: Sequence[Capture]) -> bool:
    """Whether a value is read from what the shell says of a background job's start."""
    return any(re.search(rf"^\[\d+\] \{{\{{{one.name}\}}\}}$", pattern, re.MULTILINE) for one in captures)


def counted(text: str, *, jobs: bool = False) -> list[str]:
    """The lines of an output, or of a pattern, that count.

    Args:
        text: Either.
        jobs: What the shell says of a background job's start doesn't count.

    Returns:
        The lines, their ends stripped, no blank one at the end.
    """
    lines = [_SHELL_SAYS.sub("bash: ", line.rstrip(), count=1) for line in text.replace("\r\n", "\n").split("\n")]
    lines = [line for line in lines if not _JOB_ENDED.fullmatch(line)]
    if jobs:
        lines = [line for line in lines if not _JOB_STARTED.fullmatch(line)]
    newer = next((at for at, line in enumerate(lines) if _NEWER.fullmatch(line)), None)
    if newer is not None:
        lines = _without_notice(lines, newer)
    while lines and not lines[-1]:
        lines.pop()
    return lines


def _without_notice(lines: list[str], at: int) -> list[str]:
    """Without a notice whose first telling line is this one."""
    begin, end = at, at + 1
    while begin and _OF_NEWER.fullmatch(lines[begin - 1]):
        begin -= 1
    if begin and lines[at].startswith("[notice]") and not lines[begin - 1]:
        begin -= 1
    while end < len(lines) and _OF_NEWER.fullmatch(lines[end]):
        end += 1
    return [*lines[:begin], *lines[end:]]


def _excerpt(lines: Sequence[str]) -> str:
    more = len(lines) - SHOWN_LINES
    return "\n".join([*lines[:SHOWN_LINES], *([f"… {more} more lines"] if more > 0 else [])])


def _nearest(wanted: str, came: Sequence[str]) -> str | None:
    """The line most like the wanted one."""
    return max(
        came[:_COMPARED_TO_TELL],
        key=lambda line: SequenceMatcher(None, wanted, line, autojunk=False).quick_ratio(),
        default=None,
    )
