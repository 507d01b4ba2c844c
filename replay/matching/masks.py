"""Takes what varies from run to run (times, ids, temporary names) out of recorded text, and puts its name there."""

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime, timedelta
from functools import cache, lru_cache

import msgspec

from replay.matching.archives import COMPRESSED, listing
from replay.matching.likely import Likely
from replay.matching.mask_rules import HINT_GIT, HINT_JOBS, HINT_PID, MASKS, VALUES, Mask
from replay.template import escape

__all__ = [
    "GLOB",
    "HINT_GIT",
    "HINT_JOBS",
    "HINT_PID",
    "LINES",
    "MASKS",
    "NAMES",
    "OPTIONAL",
    "REGEX",
    "REPEAT",
    "VALUES",
    "Mask",
    "Piece",
    "content_digest",
    "cut",
    "filled",
    "lifted",
    "loosened",
    "mask",
    "pattern",
    "pieces",
    "places_of",
    "plain",
    "renamed",
    "value_at",
]

LINES = "lines"
"""`{{lines}}` alone on a line: any number of lines."""
OPTIONAL, REPEAT = "optional", "repeat"
"""`{{optional}}` before a line: it may be missing. `{{repeat}}` before a line: it comes once or several times."""
GLOB, REGEX = "glob", "regex"
"""`{{glob:*.o}}`: a text of this form, with `*`, `?` and `[…]`. `{{regex:[a-z]+}}`: one that this matches."""
NAMES = frozenset(VALUES) | {LINES, OPTIONAL, REPEAT}
"""Every name that a pattern may use without declaring it."""

_FORM = re.compile(
    rf"\\\{{\{{|\{{\{{(?:(?P<name>[a-z_][a-z0-9_]*)\}}\}}|(?P<form>{GLOB}|{REGEX}):(?P<argument>.+?)\}}\}}(?!\}}))"
)
_SET = re.compile(r"\[(!?)(\]?[^\]]*)\]")
_SPECIAL = re.compile(r"[\\\[\]^&~|]")
_NEAR = timedelta(days=2)
_FORMS = ("%Y-%m-%d", "%Y%m%d", "%Y/%m/%d", "%d/%m/%Y", "%m/%d/%Y", "%d.%m.%Y", "%m.%d.%Y", "%d %b %Y", "%b %d, %Y")
_WEEKDAY = re.compile(r"^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun),? ")
_EPOCH_DIGITS = 10
_LONGEST_BEFORE = 40
_SNIFFED = 8192
_MASKED = re.compile(r"\\\[masked:[\w.\\-]+\\\]")
"""A masked secret, escaped."""


class Piece(msgspec.Struct, frozen=True):
    """A part of a pattern: literal text, or a name."""

    text: str
    is_name: bool = False
    argument: str | None = None
    """Of a `glob` or a `regex`: its form."""

    @property
    def written(self) -> str:
        """As it stands in a document."""
        if not self.is_name:
            return escape(self.text)
        return f"{{{{{self.text}}}}}" if self.argument is None else f"{{{{{self.text}:{self.argument}}}}}"

    @property
    def expression(self) -> str:
        """What may stand in its place: a regular expression without groups of ours."""
        if not self.is_name:
            return literal(self.text)
        if self.argument is None:
            return VALUES.get(self.text, VALUES["any"])
        return f"(?:{self.argument})" if self.text == REGEX else _glob(self.argument)


def literal(text: str) -> str:
    """The regular expression of plain text; which rule masked a secret hangs on the secret, and may be another."""
    return _MASKED.sub(r"\\[masked:[\\w.-]+\\]", re.escape(text))


def pieces(pattern: str) -> Iterator[Piece]:
    r"""Take a pattern apart; `\{{` is a literal `{{`.

    Args:
        pattern: Text with placeholders.

    Yields:
        Its literal texts and names, in order.
    """
    at = 0
    for found in _FORM.finditer(pattern):
        if found.start() > at:
            yield Piece(pattern[at : found.start()])
        at = found.end()
        if found["name"]:
            yield Piece(found["name"], is_name=True)
        else:
            yield Piece(found["form"], is_name=True, argument=found["argument"]) if found["form"] else Piece("{{")
    if at < len(pattern):
        yield Piece(pattern[at:])


def pattern(text: str, values: Mapping[str, str]) -> str:
    """The regular expression of a pattern.

    Args:
        text: Text with placeholders.
        values: What the names that are known stand for.

    Returns:
        A regular expression that what came must match wholly.
    """
    parts = []
    for piece in pieces(text):
        known = values.get(piece.text) if piece.is_name and piece.argument is None else None
        parts.append(piece.expression if known is None else re.escape(known))
    return "".join(parts)


def filled(text: str, values: Mapping[str, str]) -> str:
    """A pattern with the known values put in; all other names stay."""
    return "".join(
        escape(values[piece.text]) if piece.is_name and piece.text in values else piece.written
        for piece in pieces(text)
    )


def renamed(text: str, names: Mapping[str, str]) -> str:
    """A pattern with some of its names replaced by others."""
    return "".join(
        f"{{{{{names[piece.text]}}}}}" if piece.is_name and piece.text in names else piece.written
        for piece in pieces(text)
    )


def loosened(text: str, tokens: Iterable[str]) -> str:
    """A pattern in which any word may stand where these tokens do."""
    values = {f"t{index}": token for index, token in enumerate(tokens)}
    names = dict.fromkeys(values, "token")
    return "".join(
        piece.written if piece.is_name else renamed(lifted(piece.text, values, masked=False), names)
        for piece in pieces(text)
    )


def plain(text: str) -> str:
    """A pattern that names nothing, as the text that it means."""
    return "".join(piece.written if piece.is_name else piece.text for piece in pieces(text))


def mask(text: str, *, moment: datetime | None = None, hints: Iterable[str] = ()) -> str:
    """Recorded text as a pattern: what varies by its name, all else as it is.

    Args:
        text: Recorded text.
        moment: When it was recorded; dates and epoch numbers about then are masked too.
        hints: What kind of command printed it (`HINT_…`).

    Returns:
        A pattern that the text itself matches.
    """
    return lifted(text, {}, moment=moment, hints=hints)


def lifted(
    text: str,
    values: Mapping[str, str],
    *,
    moment: datetime | None = None,
    hints: Iterable[str] = (),
    masked: bool = True,
) -> str:
    """Recorded text as a pattern, with known values by their names.

    Args:
        text: Recorded text.
        values: Name to recorded value; the longest value is looked for first, at token borders.
        moment: As in `mask`.
        hints: As in `mask`.
        masked: False to name the values only.

    Returns:
        A pattern that the text itself matches.
    """
    return "".join(piece.written for piece, _ in cut(text, values, moment=moment, hints=hints, masked=masked))


def cut(
    text: str,
    values: Mapping[str, str],
    *,
    moment: datetime | None = None,
    hints: Iterable[str] = (),
    masked: bool = True,
) -> Iterator[tuple[Piece, str]]:
    """The pieces of a pattern made of recorded text (`lifted`), each with the text that it stands for."""
    taken = _Taken(len(text))
    _take_values(taken, text, values)
    if masked:
        _take_masks(taken, text, moment, frozenset(hints))
    at = 0
    for start, end, name in sorted(taken.spans):
        # Behind a backslash a placeholder would read as an escaped one.
        if text[start - 1 : start] == "\\":
            continue
        if at < start:
            yield Piece(text[at:start]), text[at:start]
        yield Piece(name, is_name=True), text[start:end]
        at = end
    if at < len(text):
        yield Piece(text[at:]), text[at:]


def content_digest(data: bytes, values: Mapping[str, str], *, moment: datetime | None = None) -> str | None:
    """Digest of a text file, or of what an archive holds, with all that may vary taken out of it.

    Args:
        data: The content.
        values: Name to value, as they are now: each counts as its name.
        moment: Now; dates and epoch numbers about now are taken out too.

    Returns:
        `sha256:…`, or None for what is neither.
    """
    text = listing(data) if b"\0" in data[:_SNIFFED] or data.startswith(COMPRESSED) else _decoded(data)
    if text is None:
        return None
    pattern_text = lifted(text.replace("\r\n", "\n"), values, moment=moment)
    # How lines end counts for the whole text: masks know one way alone.
    ends = "\r" if "\r\n" in text else ""
    return "sha256:" + hashlib.sha256(f"{pattern_text}{ends}".encode()).hexdigest()


def _decoded(data: bytes) -> str | None:
    try:
        return data.decode()
    except UnicodeDecodeError:
        return None


def value_at(value: str) -> re.Pattern[str]:
    """Where a value stands as a token of its own, not as a part of a longer word or path."""
    if value.startswith(("/", "~")):
        return re.compile(
            rf"(?:(?<![\w.~/-])|(?<=://)|(?<=\s-[A-Za-z])|(?<=^-[A-Za-z])){re.escape(value)}(?![\w-]|\.\w)"
        )
    before = r"(?<![0-9A-Za-z_])" + (r"(?<!\d[.,])" if value[0].isdigit() else "")
    behind = r"(?![0-9A-Za-z_])" + (r"(?![.,]\d)" if value[-1].isdigit() else "")
    return re.compile(before + re.escape(value) + behind)


def places_of(value: str, text: str) -> Iterator[int]:
    """Where a text holds a value as a token of its own, in order, none over another.

    Args:
        value: Not empty.
        text: Of any length: a long one is gone through at the speed of `str.find`.
    """
    at = text.find(value)
    stands = value_at(value) if at >= 0 else None
    while stands and at >= 0:
        found = stands.match(text, at)
        if found:
            yield at
        at = text.find(value, found.end() if found else at + 1)


def _glob(form: str) -> str:
    """The regular expression of a glob: `*` any text, `?` a character, `[ab]` one of these, `[!ab]` another."""
    parts, at = [], 0
    while at < len(form):
        chosen = _SET.match(form, at)
        if chosen:
            parts.append("[" + ("^" if chosen[1] else "") + _SPECIAL.sub(r"\\\g<0>", chosen[2]) + "]")
        else:
            parts.append({"*": ".*?", "?": "."}.get(form[at], re.escape(form[at])))
        at = chosen.end() if chosen else at + 1
    return "".join(parts)


class _Taken:
    """The spans found so far, none over another."""

    def __init__(self, length: int) -> None:
        self._used = bytearray(length)
        self.spans: list[tuple[int, int, str]] = []

    def add(self, start: int, end: int, name: str) -> None:
        """Take the span if all of it is free."""
        if 1 not in self._used[start:end]:
            self._used[start:end] = b"\1" * (end - start)
            self.spans.append((start, end, name))


def _take_values(taken: _Taken, text: str, values: Mapping[str, str]) -> None:
    for name, value in sorted(values.items(), key=lambda item: (-len(item[1]), item[0])):
        if value:
            for start in places_of(value, text):
                taken.add(start, start + len(value), name)


def _take_masks(taken: _Taken, text: str, moment: datetime | None, hints: frozenset[str]) -> None:
    for mask_ in map(MASKS.__getitem__, _likely().within(text)):
        if mask_.hint is None or mask_.hint in hints:
            for start, end in _found(mask_, text, moment):
                taken.add(start, end, mask_.name)


@cache
def _likely() -> Likely:
    return Likely([mask_.finds for mask_ in MASKS])


def _found(mask_: Mask, text: str, moment: datetime | None) -> Iterator[tuple[int, int]]:
    """Non-empty spans that the mask takes."""
    finder, excuse = mask_.finder, mask_.excuse
    for found in finder.finditer(text):
        if excuse and excuse.search(text[max(0, found.start() - _LONGEST_BEFORE) : found.start()]):
            continue
        if mask_.now and not _about(found[0], moment):
            continue
        for group in range(1, finder.groups + 1) if finder.groups else (0,):
            if found.end(group) > found.start(group) >= 0:
                yield found.span(group)


def _about(text: str, moment: datetime | None) -> bool:
    """Whether the text says a moment within two days of this one."""
    if moment is None:
        return False
    whole = text.partition(".")[0]
    if whole.isdigit() and len(whole) >= _EPOCH_DIGITS:
        return abs(int(whole[:_EPOCH_DIGITS]) - moment.timestamp()) <= _NEAR.total_seconds()
    return _WEEKDAY.sub("", text) in _days_around(moment.date())


@lru_cache(maxsize=64)
def _days_around(day: date) -> frozenset[str]:
    """The days within two of this one, in every spelling that is known."""
    days = [day + timedelta(days=off) for off in range(-_NEAR.days, _NEAR.days + 1)]
    spelt = {f"{one:%b} {one.day}{comma} {one.year}" for one in days for comma in (",", "")}
    return frozenset(
        {f"{one:{form}}" for one in days for form in _FORMS} | spelt | {f"{d.day} {d:%b %Y}" for d in days}
    )
