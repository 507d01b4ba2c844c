"""Fits a pattern to an output that parts from it: as noise, of which both are samples, or as what is true now."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from difflib import SequenceMatcher
from enum import Enum, auto

import msgspec

from replay.matching import kinds, masks
from replay.matching.lines import counted, reads_jobs
from replay.matching.walking import Line, Parting, Walk
from replay.playbook import Capture

MOST_PAIRS = 250_000
"""Pairs of lines that are held against each other to find which belong together."""
MOST_OPTIONAL = 20
"""Lines beside each other that are told as optional; more of them are any lines."""
_SIMILAR = 0.7
_DIGITS = re.compile(r"[0-9a-f]*\d[0-9a-f]*")


class How(Enum):
    """What an output is that parts from a pattern."""

    NOISE = auto()
    """Another sample of the same: what differs varies."""
    NEWS = auto()
    """What is true now: what differs has changed."""


class Fit(msgspec.Struct, frozen=True):
    """A pattern that matches."""

    pattern: str
    changes: tuple[tuple[str, str], ...]
    """Each line that was changed, before and after; empty where there was none, or is none."""
    captured: dict[str, str]
    """Values read from the output."""
    alike: bool
    """The output matches it, and at least something of what was expected is in what came."""


class Sample(msgspec.Struct, frozen=True, kw_only=True):
    """An output, and what is known of it."""

    output: str
    values: Mapping[str, str]
    """What the names that are known stood for."""
    captures: tuple[Capture, ...] = ()
    moment: datetime | None = None
    hints: frozenset[str] = frozenset()
    unordered: bool = False
    """Its lines may come in any order."""


def fitted(pattern: str, sample: Sample, how: How) -> Fit:
    """Fit a pattern to an output; lines that match stay as they are.

    Args:
        pattern: Expected output.
        sample: What came.
        how: What the difference means.

    Returns:
        A pattern that the output matches, the same one where it matched already.
    """
    jobs = (sample.unordered or "] {{pid}}" in pattern) and not reads_jobs(pattern, sample.captures)
    lines, came = counted(pattern, jobs=jobs), counted(sample.output, jobs=jobs)
    changes: list[tuple[str, str]] = []
    walk = Walk(lines, sample.values, sample.captures)
    if sample.unordered and walk.any_order(came):
        return Fit(pattern, (), walk.captured, alike=True)
    # Each round fits all that lies up to the next `{{lines}}`.
    for _ in range(len(lines) + len(came) + 1):
        gap = walk.parting(came)
        if gap is None:
            break
        fitting = _Fitting(walk, sample, how)
        fresh = list(fitting.lines(gap))
        if fresh == [line.written for line in gap.unmatched]:
            return Fit(pattern, (), walk.captured, alike=False)
        lines[gap.at : gap.at + len(gap.unmatched)] = fresh
        changes += fitting.changes
        walk = Walk(lines, sample.values, sample.captures)
    if not changes:
        return Fit(pattern, (), walk.captured, alike=True)
    alike = _alike(changes, lines) and walk.parting(came) is None
    return Fit("\n".join(lines) + "\n", tuple(changes), walk.captured, alike=alike)


def fitted_path(pattern: str, path: str, sample: Sample) -> str:
    """The pattern of a path that varies."""
    return _paired(pattern, _cut(path, sample), sample.values, How.NOISE)


def _alike(changes: Sequence[tuple[str, str]], lines: Sequence[str]) -> bool:
    """Whether a line stayed, or one that varies still says something."""
    stayed = len(lines) > len([new for _, new in changes if new])
    pairs = [new for old, new in changes if old and new and new != _may_be_missing(old)]
    return stayed or any(map(kinds.says_something, pairs)) or (len(changes) == len(pairs) == 1)


def _may_be_missing(line: str) -> str:
    return f"{{{{{masks.OPTIONAL}}}}} {line}"


class _Fitting:
    """One stretch of lines that parted."""

    def __init__(self, walk: Walk, sample: Sample, how: How) -> None:
        self.changes: list[tuple[str, str]] = []
        self._walk = walk
        self._sample = sample
        self._how = how

    def lines(self, gap: Parting) -> Iterator[str]:
        """The lines that stand there now."""
        if len(gap.unmatched) * len(gap.instead) > MOST_PAIRS:
            yield from self._whole(gap.unmatched, gap.instead)
            return
        wanted, came = list(gap.unmatched), self._keyed(gap.unmatched, gap.instead)
        names = [line.written for line in wanted]
        keys = [key if key is not None else f"\0{text}" for key, text in came]
        for tag, start, end, first, last in SequenceMatcher(None, names, keys, autojunk=False).get_opcodes():
            if tag == "equal":
                yield from names[start:end]
            else:
                yield from self._replaced(wanted[start:end], [text for _, text in came[first:last]])

    def _keyed(self, wanted: Sequence[Line], instead: Sequence[str]) -> list[tuple[str | None, str]]:
        """Each line that came with the line that it matches; what one line takes several times, once."""
        found: list[tuple[str | None, str]] = []
        repeats = {line.written for line in wanted if line.repeat}
        for text in instead:
            key = next((line.written for line in wanted if self._walk.matches(line.pattern, text)), None)
            if key is None or key not in repeats or not found or found[-1][0] != key:
                found.append((key, text))
        return found

    def _replaced(self, wanted: Sequence[Line], came: Sequence[str]) -> Iterator[str]:
        """Lines that go together fitted to each other; the others have gone, or have come."""
        told = len(self.changes)
        fresh: list[str] = []
        alone = 0
        for line, text in self._partners(wanted, came):
            if line is not None and text is not None:
                fresh.append(self._pair(line, text))
                continue
            alone += line is None or not line.optional
            fresh += self._gone(line) if line is not None else [self._come(text or "")]
        if self._how is How.NOISE and alone > MOST_OPTIONAL:
            del self.changes[told:]
            fresh = list(self._whole(wanted, came))
        yield from fresh

    def _partners(self, wanted: Sequence[Line], came: Sequence[str]) -> Iterator[tuple[Line | None, str | None]]:
        due = [line for line in wanted if not line.optional]
        if len(due) == len(came):
            texts = iter(came)
            yield from ((line, None if line.optional else next(texts)) for line in wanted)
            return
        left = list(came)
        shapes = [_shape(self._lifted(text)) for text in came]
        for line in wanted:
            at = next((at for at, shape in enumerate(shapes) if _similar(_shape(line.pattern), shape)), None)
            if at is not None:
                yield from ((None, text) for text in left[:at])
                yield line, left[at]
                del left[: at + 1], shapes[: at + 1]
            else:
                yield line, None
        yield from ((None, text) for text in left)

    def _pair(self, line: Line, text: str) -> str:
        head = line.written.removesuffix(line.pattern)
        fresh = head + _paired(line.pattern, _cut(text, self._sample, self._walk.captured), self._known, self._how)
        self.changes.append((line.written, fresh))
        return fresh

    @property
    def _known(self) -> dict[str, str]:
        return {**self._sample.values, **self._walk.captured}

    def _gone(self, line: Line) -> list[str]:
        """A line that did not come."""
        if line.optional:
            return [line.written]
        fresh = _may_be_missing(line.written) if self._how is How.NOISE else ""
        self.changes.append((line.written, fresh))
        return [fresh] if fresh else []

    def _come(self, text: str) -> str:
        """A line that had not come before."""
        lifted = self._lifted(text)
        fresh = _may_be_missing(lifted) if self._how is How.NOISE else lifted
        self.changes.append(("", fresh))
        return fresh

    def _whole(self, wanted: Sequence[Line], came: Sequence[str]) -> Iterator[str]:
        """Too much to tell line by line."""
        if self._how is How.NOISE:
            self.changes.append((wanted[0].written if wanted else "", f"{{{{{masks.LINES}}}}}"))
            yield f"{{{{{masks.LINES}}}}}"
            return
        self.changes += [(line.written, "") for line in wanted]
        yield from map(self._come, came)

    def _lifted(self, text: str) -> str:
        return "".join(piece.written for piece, _ in _cut(text, self._sample, self._walk.captured))


def _cut(text: str, sample: Sample, captured: Mapping[str, str] | None = None) -> list[tuple[masks.Piece, str]]:
    known = {**sample.values, **(captured or {})}
    return list(masks.cut(text, known, moment=sample.moment, hints=sample.hints))


def _shape(pattern: str) -> str:
    """What lines have in common that differ in numbers and the like."""
    return _DIGITS.sub("0", "".join("0" if piece.is_name else piece.text for piece in masks.pieces(pattern)))


def _similar(one: str, other: str) -> bool:
    matcher = SequenceMatcher(None, one, other, autojunk=False)
    return one == other or (matcher.quick_ratio() >= _SIMILAR and matcher.ratio() >= _SIMILAR)


def _paired(pattern: str, came: Sequence[tuple[masks.Piece, str]], known: Mapping[str, str], how: How) -> str:
    """One line fitted to another; names that fit what came stay."""
    wanted = list(kinds.tokens((piece, piece.text) for piece in masks.pieces(pattern)))
    other = list(kinds.tokens(came))
    names, keys = [piece.written for piece, _ in wanted], [piece.written for piece, _ in other]
    fresh: list[masks.Piece] = []
    choose = _varying if how is How.NOISE else _changed
    for tag, start, end, first, last in SequenceMatcher(None, names, keys, autojunk=False).get_opcodes():
        if tag == "equal":
            fresh += [piece for piece, _ in wanted[start:end]]
        else:
            fresh += choose([piece for piece, _ in wanted[start:end]], other[first:last], known)
    return "".join(piece.written for piece in kinds.joined(fresh))


_Pieces = list[masks.Piece]
_Choice = Callable[[_Pieces, list[tuple[masks.Piece, str]], Mapping[str, str]], _Pieces]


def _kept(wanted: _Pieces, raw: str, known: Mapping[str, str]) -> bool:
    """Whether what stands there now is one name, and takes what came."""
    return len(wanted) == 1 and wanted[0].is_name and kinds.takes(wanted[0], raw, known)


def _changed(wanted: _Pieces, came: list[tuple[masks.Piece, str]], known: Mapping[str, str]) -> _Pieces:
    raw = "".join(text for _, text in came)
    return wanted if _kept(wanted, raw, known) else [piece for piece, _ in came]


def _varying(wanted: _Pieces, came: list[tuple[masks.Piece, str]], known: Mapping[str, str]) -> _Pieces:
    raw = "".join(text for _, text in came)
    if _kept(wanted, raw, known):
        return wanted
    if any(piece.is_name for piece in wanted):
        return [masks.Piece("any", is_name=True)]
    return [kinds.of_both("".join(piece.text for piece in wanted), raw)]
