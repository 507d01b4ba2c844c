"""Walks the lines of a pattern and the lines that came side by side; lines may be missing, repeated, or any."""

import re
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from functools import lru_cache

import msgspec

from replay.matching import masks
from replay.playbook import Capture

_alone = lru_cache(maxsize=256)(re.compile)
_HEAD = re.compile(rf"\{{\{{({masks.OPTIONAL}|{masks.REPEAT})\}}\}} ?")
_STRETCHES = re.compile(r"([=\-*#_.─━])\1{3,}|[ \t]+")


class Line(msgspec.Struct, frozen=True):
    """One line of a pattern."""

    written: str
    """As it stands in the document."""
    pattern: str
    """The same without `{{optional}}` and `{{repeat}}`."""
    optional: bool = False
    """It may be missing."""
    repeat: bool = False
    """It may come several times."""

    @property
    def floats(self) -> bool:
        """It is `{{lines}}`: whatever comes, up to where the next line fits."""
        return self.optional and self.repeat and self.pattern == "{{any}}"


class Parting(msgspec.Struct, frozen=True):
    """Where lines that came part from a pattern."""

    at: int
    """Index of the first line of the pattern that found no match."""
    unmatched: tuple[Line, ...]
    """The lines of the pattern unmatched there."""
    first: int
    """Index of the first line that came in their place."""
    instead: tuple[str, ...]
    """The lines that came in their place."""


def parsed(line: str, declared: AbstractSet[str] = frozenset()) -> Line:
    """A line of a pattern.

    Args:
        line: As written.
        declared: Names of parameters and captures: one called `optional` means that one.

    Returns:
        The line, its heads read.
    """
    if line.strip() == f"{{{{{masks.LINES}}}}}":
        return Line(line, "{{any}}", optional=True, repeat=True)
    heads, rest = set[str](), line
    while (found := _HEAD.match(rest)) and found[1] not in declared:
        heads.add(found[1])
        rest = rest[found.end() :]
    return Line(line, rest, optional=masks.OPTIONAL in heads, repeat=masks.REPEAT in heads)


class Walk:
    """Lines of a pattern, matched in turn; what they read counts for the lines behind them.

    Args:
        wanted: Lines of the pattern.
        values: What the names that are known stand for.
        captures: Values to read.

    Attributes:
        captured: Values read, by capture name.
    """

    def __init__(self, wanted: Sequence[str], values: Mapping[str, str], captures: Sequence[Capture]) -> None:
        self.captured: dict[str, str] = {}
        self._captures = {capture.name: capture.pattern for capture in captures}
        self._values = {name: value for name, value in values.items() if name not in self._captures}
        declared = frozenset(self._captures) | frozenset(self._values)
        self.lines = [parsed(line, declared) for line in wanted]
        self._compiled: dict[tuple[str, tuple[str, ...]], re.Pattern[str]] = {}

    def parting(self, came: Sequence[str]) -> Parting | None:
        """Hold what came against the lines, in order; None when all of it matches."""
        states = self._closed([(0, False, {})])
        floated: dict[int, int] = {}
        for at, other in enumerate(came):
            for place, _ in states:
                floated.setdefault(place, at)
            moved = self._closed(self._moved(states, other))
            if not moved:
                return self._stuck(max(place for place, _ in states), came, at)
            states = moved
        reached = next((read for (place, _), read in states.items() if place == len(self.lines)), None)
        if reached is not None:
            self.captured = reached
            return None
        floating = [place for place, _ in states if self.lines[place].floats]
        if floating:
            return self._not_found(max(floating) + 1, came, floated.get(max(floating), len(came)))
        return self._stuck(max(place for place, _ in states), came, len(came))

    def any_order(self, came: Sequence[str]) -> bool:
        """Whether every line finds a partner of its own, and none is left without one."""
        left = list(came)
        for line in (line for line in self.lines if not line.optional):
            partner = next((other for other in left if self.matches(line.pattern, other)), None)
            if partner is None:
                self.captured = {}
                return False
            left.remove(partner)
        spare = [line for line in self.lines if line.optional or line.repeat]
        for other in left:
            taker = next((line for line in spare if self.matches(line.pattern, other)), None)
            if taker is None:
                self.captured = {}
                return False
            if not taker.repeat:
                spare.remove(taker)
        return True

    def matches(self, pattern: str, other: str) -> bool:
        """Whether a line matches; what it reads is kept."""
        read = self._read(pattern, other, self.captured)
        self.captured = self.captured if read is None else read
        return read is not None

    def shown(self, line: Line) -> str:
        """A line for a person: known values in, masks by name."""
        declared = frozenset(self._captures) | frozenset(self._values)
        return "".join(
            (self._known(piece, self.captured) if piece.is_name and piece.text in declared else None)
            or (piece.written if piece.is_name else piece.text)
            for piece in masks.pieces(line.written)
        )

    def _known(self, piece: masks.Piece, read: Mapping[str, str]) -> str | None:
        if not piece.is_name or piece.argument is not None:
            return None
        return read.get(piece.text, self._values.get(piece.text))

    def _moved(self, states: "_States", other: str) -> Iterator[tuple[int, bool, dict[str, str]]]:
        """Every state that a line leads to."""
        for (place, _), read in states.items():
            if place == len(self.lines):
                continue
            line = self.lines[place]
            now = read if line.floats else self._read(line.pattern, other, read)
            if now is not None:
                yield (place if line.repeat else place + 1), line.repeat, now

    def _closed(
        self, found: "Iterator[tuple[int, bool, dict[str, str]]] | list[tuple[int, bool, dict[str, str]]]"
    ) -> "_States":
        """The states, and those that they reach past lines that may be missing or have come already."""
        states: _States = {}
        for start, begun, read in found:
            place, entered = start, begun
            while (place, entered) not in states:
                states[place, entered] = read
                if place == len(self.lines) or not (entered or self.lines[place].optional):
                    break
                place, entered = place + 1, False
        return states

    def _read(self, pattern: str, other: str, read: dict[str, str]) -> dict[str, str] | None:
        """The values read so far and by this line; None when it doesn't match."""
        if "{{" not in pattern:
            return read if pattern == other else None
        if self._to_the_letter(pattern, other, read):
            return read
        found = self._expression(pattern, read).fullmatch(other)
        if found is None:
            return None
        news = {name: value for name, value in found.groupdict().items() if value is not None}
        return {**read, **news} if news else read

    def _to_the_letter(self, pattern: str, other: str, read: Mapping[str, str]) -> bool:
        """Whether a line matches that names one mask, no gap longer or shorter: most do, and need no expression."""
        before, varying, behind = "", None, ""
        for piece in masks.pieces(pattern):
            literal = self._known(piece, read) if piece.is_name else piece.text
            if literal is None and (varying is not None or piece.text in self._captures):
                return False
            if literal is None:
                varying = piece
            elif varying is None:
                before += literal
            else:
                behind += literal
        if varying is None:
            return before == other
        fits = len(other) >= len(before) + len(behind) and other.startswith(before) and other.endswith(behind)
        return fits and _alone(varying.expression).fullmatch(other, len(before), len(other) - len(behind)) is not None

    def _expression(self, pattern: str, read: Mapping[str, str]) -> re.Pattern[str]:
        key = pattern, tuple(read.values())
        if key not in self._compiled:
            self._compiled[key] = re.compile(self._composed(pattern, read))
        return self._compiled[key]

    def _composed(self, pattern: str, read: Mapping[str, str]) -> str:
        parts, seen = [], set[str]()
        pieces = list(masks.pieces(pattern))
        varies = any(piece.is_name for piece in pieces)
        for piece in pieces:
            known = self._known(piece, read)
            if not piece.is_name:
                parts.append(_stretchy(piece.text) if varies else masks.literal(piece.text))
            elif known is not None:
                parts.append(re.escape(known))
            elif piece.argument is None and piece.text in seen:
                parts.append(f"(?P={piece.text})")
            elif piece.argument is None and piece.text in self._captures:
                seen.add(piece.text)
                parts.append(f"(?P<{piece.text}>{self._captures[piece.text]})")
            else:
                parts.append(f"(?:{piece.expression})")
        return "".join(parts)

    def _block(self, at: int) -> tuple[list[Line], bool]:
        """The lines up to the next `{{lines}}`, and whether they are the last ones."""
        block: list[Line] = []
        for line in self.lines[at:]:
            if line.floats:
                return block, False
            block.append(line)
        return block, True

    def _stuck(self, at: int, came: Sequence[str], since: int) -> Parting:
        block, last = self._block(at)
        return self._trimmed(at, block, came, since, len(came) if last else min(len(came), since + len(block)))

    def _not_found(self, at: int, came: Sequence[str], since: int) -> Parting:
        block, last = self._block(at)
        since = max(since, len(came) - len(block)) if last else since
        return self._trimmed(at, block, came, since, len(came))

    def _goes_with(self, line: Line, other: str) -> bool:
        return not (line.optional or line.repeat) and self.matches(line.pattern, other)

    def _trimmed(self, at: int, block: Sequence[Line], came: Sequence[str], since: int, until: int) -> Parting:
        """Without what matches at both ends, up to where it is not told which line goes with which."""
        most = min(len(block), until - since)
        front = 0
        while front < most and self._goes_with(block[front], came[since + front]):
            front += 1
        back = 0
        while back < most - front and self._goes_with(block[-1 - back], came[until - 1 - back]):
            back += 1
        return Parting(
            at=at + front,
            unmatched=tuple(block[front : len(block) - back]),
            first=since + front,
            instead=tuple(came[since + front : until - back]),
        )


_States = dict[tuple[int, bool], dict[str, str]]
"""Index into the lines and whether that one has come already, to the values read on the way there."""


def _stretchy(text: str) -> str:
    """A regular expression of literal text whose gaps and rulers may be longer or shorter."""
    parts, at = [], 0
    for found in _STRETCHES.finditer(text):
        parts += [masks.literal(text[at : found.start()]), re.escape(found[1]) + "{2,}" if found[1] else r"[ \t]+"]
        at = found.end()
    return "".join([*parts, masks.literal(text[at:])])
