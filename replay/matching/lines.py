"""Holds what a step printed against its pattern, line by line, and tells where they part."""

import re
from collections.abc import Mapping, Sequence
from difflib import SequenceMatcher

import msgspec

from replay.matching import masks
from replay.playbook import Capture

SHOWN_LINES = 20
"""Lines of a difference that are told."""
_COMPARED_FOR_NEAREST = 200
_UNORDERED_LIMIT = 2000

_JOB_ENDED = re.compile(
    r"\[\d+\][-+]?  +(?:Done|Running|Stopped|Exit \d+|[A-Z][a-z]+(?: [a-z]+)?(?: \(core dumped\))?)  +\S.*"
)
_JOB_STARTED = re.compile(r"\[\d+\] (?:\d+|\{\{pid\}\})")
_SHELL_SAYS = re.compile(r"-?bash: (?:eval: )?line \d+: ")
_STRETCHES = re.compile(r"([=\-*#_.─━])\1{3,}|[ \t]+")


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

    Spaces at the ends of lines, job notices and blank lines at the end don't count; on a line with something that
    varies, neither does the width of gaps and rulers.

    Args:
        pattern: Expected output, with the names of masks, values and captures.
        actual: What came.
        values: What the names that are known stand for.
        captures: Values to read from it.
        unordered: Lines may come in any order (jobs that run side by side).

    Returns:
        The values read, and the first difference.
    """
    lines = _Lines(values, captures)
    jobs = unordered or "] {{pid}}" in pattern
    wanted, came = _lines(pattern, jobs=jobs), _lines(actual, jobs=jobs)
    if unordered and lines.match_any_order(wanted, came):
        return OutputMatch(captured=lines.captured, mismatch=None)
    gap = lines.first_gap(wanted, came)
    if gap is None:
        return OutputMatch(captured=lines.captured, mismatch=None)
    at, unmatched, instead = gap
    return OutputMatch(
        captured=lines.captured,
        mismatch=OutputMismatch(
            line=at + 1,
            expected=_excerpt([lines.shown(line) for line in unmatched]),
            actual=_excerpt(instead),
            nearest=_nearest(lines.shown(unmatched[0]), instead) if unmatched else None,
        ),
    )


class _Lines:
    """Lines of a pattern, matched in turn; what they read counts for the lines behind them."""

    def __init__(self, values: Mapping[str, str], captures: Sequence[Capture]) -> None:
        self.captured: dict[str, str] = {}
        self._captures = {capture.name: capture.pattern for capture in captures}
        self._values = {name: value for name, value in values.items() if name not in self._captures}

    def first_gap(self, wanted: list[str], came: list[str]) -> tuple[int, list[str], list[str]] | None:
        """Where they part: index into `wanted`, the lines unmatched there, the lines that came instead."""
        blocks = _blocks(wanted)
        at = 0
        for first, block in blocks[:-1]:
            start = at if first == 0 else self._search(block, came, at)
            if start is None or not self._block_at(block, came, start):
                return self._gap(first, block, came[at:] if start is None else came[at : at + len(block)])
            at = start + len(block)
        first, block = blocks[-1]
        if first:
            at = max(at, len(came) - len(block))
        return None if self._ends_with(block, came[at:]) else self._gap(first, block, came[at:])

    def match_any_order(self, wanted: list[str], came: list[str]) -> bool:
        """Whether every line finds a partner of its own."""
        if len(wanted) != len(came) or len(wanted) > _UNORDERED_LIMIT:
            return False
        left = list(came)
        for line in wanted:
            partner = next((other for other in left if self._match(line, other)), None)
            if partner is None:
                self.captured.clear()
                return False
            left.remove(partner)
        return True

    def shown(self, line: str) -> str:
        """A pattern line for a person: known values in, masks by name."""
        return "".join(
            self._known(piece.text) or f"{{{{{piece.text}}}}}" if piece.is_name else piece.text
            for piece in masks.pieces(line)
        )

    def _known(self, name: str) -> str | None:
        return self.captured.get(name, self._values.get(name))

    def _block_at(self, block: list[str], came: list[str], at: int) -> bool:
        return len(came) - at >= len(block) and all(
            self._match(line, other) for line, other in zip(block, came[at : at + len(block)], strict=True)
        )

    def _ends_with(self, block: list[str], came: list[str]) -> bool:
        return len(block) == len(came) and self._block_at(block, came, 0)

    def _search(self, block: list[str], came: list[str], at: int) -> int | None:
        return next(
            (start for start in range(at, len(came) - len(block) + 1) if self._block_at(block, came, start)), None
        )

    def _gap(self, first: int, block: list[str], came: list[str]) -> tuple[int, list[str], list[str]]:
        """Leave out what matches at both ends."""
        front = 0
        while front < min(len(block), len(came)) and self._match(block[front], came[front]):
            front += 1
        back = 0
        while back < min(len(block), len(came)) - front and self._match(block[-1 - back], came[-1 - back]):
            back += 1
        return first + front, block[front : len(block) - back], came[front : len(came) - back]

    def _match(self, line: str, other: str) -> bool:
        found = re.fullmatch(self._expression(line), other)
        if found:
            self.captured |= {name: value for name, value in found.groupdict().items() if value is not None}
        return found is not None

    def _expression(self, line: str) -> str:
        parts, seen = [], set[str]()
        pieces = list(masks.pieces(line))
        varies = any(piece.is_name for piece in pieces)
        for piece in pieces:
            known = self._known(piece.text) if piece.is_name else None
            if not piece.is_name:
                parts.append(_stretchy(piece.text) if varies else re.escape(piece.text))
            elif known is not None:
                parts.append(re.escape(known))
            elif piece.text in seen:
                parts.append(f"(?P={piece.text})")
            elif piece.text in self._captures:
                seen.add(piece.text)
                parts.append(f"(?P<{piece.text}>{self._captures[piece.text]})")
            else:
                parts.append(f"(?:{masks.VALUES.get(piece.text, masks.VALUES['any'])})")
        return "".join(parts)


def _lines(text: str, *, jobs: bool) -> list[str]:
    """The lines that count; with `jobs`, what the shell says of a background job's start doesn't."""
    lines = [_SHELL_SAYS.sub("bash: ", line.rstrip(), count=1) for line in text.replace("\r\n", "\n").split("\n")]
    lines = [line for line in lines if not _JOB_ENDED.fullmatch(line)]
    if jobs:
        lines = [line for line in lines if not _JOB_STARTED.fullmatch(line)]
    while lines and not lines[-1]:
        lines.pop()
    return lines


def _blocks(wanted: list[str]) -> list[tuple[int, list[str]]]:
    """The lines between `{{lines}}`, each block with the index of its first line (above 0 when it may float)."""
    blocks: list[tuple[int, list[str]]] = [(0, [])]
    for index, line in enumerate(wanted):
        if line.strip() == "{{lines}}":
            blocks.append((index + 1, []))
        else:
            blocks[-1][1].append(line)
    return blocks


def _stretchy(text: str) -> str:
    """A regular expression of literal text whose gaps and rulers may be longer or shorter."""
    parts, at = [], 0
    for found in _STRETCHES.finditer(text):
        parts += [re.escape(text[at : found.start()]), re.escape(found[1]) + "{2,}" if found[1] else r"[ \t]+"]
        at = found.end()
    return "".join([*parts, re.escape(text[at:])])


def _excerpt(lines: Sequence[str]) -> str:
    more = len(lines) - SHOWN_LINES
    return "\n".join([*lines[:SHOWN_LINES], *([f"… {more} more lines"] if more > 0 else [])])


def _nearest(wanted: str, came: Sequence[str]) -> str | None:
    """The line most like the wanted one."""
    return max(
        came[:_COMPARED_FOR_NEAREST],
        key=lambda line: SequenceMatcher(None, wanted, line, autojunk=False).quick_ratio(),
        default=None,
    )
