"""Words of output that a later command may have been typed from, and how sure one can be of each."""

import re
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from typing import TypeAlias

import msgspec

from replay import template
from replay.compiler.draft import DraftStep
from replay.edits import added, is_patch
from replay.matching import printing
from replay.matching.masks import VALUES, Piece, cut, lifted, pieces, places_of
from replay.playbook import LinkStrength

_BEGIN, _END = r"(?<![0-9A-Za-z_])", r"(?![0-9A-Za-z_])"
_MIXED = r"(?=[0-9]*[a-f])(?=[a-f]*[0-9])"
_YEAR = r"(?:19|20)\d\d"


class Kind(msgspec.Struct, frozen=True):
    """A kind of token."""

    name: str
    """What a capture of it is called when its line says nothing better."""
    finds: re.Pattern[str]
    """What it looks like."""
    value: str | None
    """Regular expression of its values; None: the same shape, digit by digit."""
    shortens: bool = False
    """People type the beginning of it."""
    holds_others: bool = False
    """Its parts may be tokens of their own, as in a path."""


PLACE = Kind(
    "place",
    re.compile(r"(?<![\w.~/-])/[\w@+%-][\w.@+%-]*(?:/[\w.@+%-]+)+(?<![.])"),
    r"/[^\s'\",:;()]+",
    holds_others=True,
)
"""An absolute path."""
COMMIT = Kind("commit", re.compile(rf"{_BEGIN}{_MIXED}[0-9a-f]{{7,128}}{_END}"), r"[0-9a-f]{7,128}", shortens=True)
"""The hash of a commit, or another one."""
STRONG: tuple[Kind, ...] = (
    Kind("id", re.compile(_BEGIN + VALUES["uuid"] + _END), VALUES["uuid"]),
    Kind("moment", re.compile(rf"{_BEGIN}{_YEAR}-\d\d-\d\dT\d\d:?\d\d(?::?\d\d)?Z?{_END}"), None),
    Kind("moment", re.compile(rf"{_BEGIN}{_YEAR}\d{{4}}[-_T]\d{{6}}Z?{_END}"), None),
    Kind("day", re.compile(rf"{_BEGIN}{_YEAR}-\d\d-\d\d{_END}"), None),
    COMMIT,
    Kind("long_number", re.compile(rf"(?<![\w.]){_BEGIN}\d{{8,14}}(?![\w])(?!\.\d)"), r"\d+"),
    PLACE,
)
"""Tokens that no one types by chance, most telling first."""
PROCESS = Kind("process", re.compile(r"\d+"), r"\d+")
"""The number of a process."""
VARYING = {
    "pid": PROCESS,
    "tmp": Kind("temporary", re.compile(r"[\w.-]+"), r"[\w.-]+"),
    "port": Kind("free_port", re.compile(r"\d+"), r"\d{1,5}"),
    "seed": Kind("chosen_seed", re.compile(r"\d+"), r"\d+"),
    "address": Kind("address_of", re.compile(r"0x[0-9a-fA-F]+"), r"0x[0-9a-fA-F]+"),
}
"""What is masked because it is another one each time: whoever uses it later uses what was printed."""
SHORTEST_PROCESS = 4
"""Digits of a process's number that no one types by chance."""
_VARIES = re.compile(r"\d|\btmp\.")
_SEVEN_DIGITS = re.compile(r"\d{7}")
WEAK = Kind("value", re.compile(r"(?<![\w./-])(?=[\w.-]*\d)[A-Za-z0-9](?:[\w.-]*\w)?(?!\w)"), r"\S+")
"""Short numbers and words with a digit."""
_PART = re.compile(r"(?<=[A-Za-z][-_#])\d{4,}(?![\w.-])")
"""Numbers at the end of a word, as of `ticket-4711`."""
SHORTENED = re.compile(rf"{_BEGIN}[0-9a-f]{{7,39}}{_END}")
"""What may be the beginning of a longer hash."""
VERSION = re.compile(r"(?<![0-9A-Za-z.])v?(\d+(?:\.\d+)+)(?![0-9A-Za-z]|\.\d)")
"""A version inside a word, with the `v` before it or without."""


Words: TypeAlias = Callable[[DraftStep], tuple[template.Place, ...]]
"""Reads the words of a step's command."""


class Token(msgspec.Struct, frozen=True):
    """A word of output."""

    text: str
    kind: Kind
    strength: LinkStrength
    start: int
    """Where it stands in the output."""


def printed_tokens(step: DraftStep) -> Iterator[Token]:
    """Tokens of a step's output, strong ones first; each text once, in the order that they stand in.

    Args:
        step: What printed them.

    Yields:
        Tokens; a strong one's parts are no tokens of their own, but for those of a path.
    """
    output = step.recorded.output
    if not output:
        return
    seen: set[str] = set()
    covered = bytearray(len(output))
    for start, digits in _hashes_of_digits(step):
        covered[start : start + len(digits)] = b"\1" * len(digits)
        if digits not in seen:
            seen.add(digits)
            yield Token(digits, COMMIT, LinkStrength.STRONG, start)
    for kind in STRONG:
        for found in kind.finds.finditer(output):
            start, end = found.span()
            if 0 in covered[start:end] and found[0] not in seen:
                seen.add(found[0])
                yield Token(found[0], kind, LinkStrength.STRONG, start)
            if not kind.holds_others:
                covered[start:end] = b"\1" * (end - start)
    yield from _weak_tokens(step, covered, seen)


def _hashes_of_digits(step: DraftStep) -> Iterator[tuple[int, str]]:
    """Where a hash stands that happens to have no letter, and its text: another time it has some."""
    output, at = step.recorded.output, 0
    if _SEVEN_DIGITS.search(output) is None:
        return
    for piece, text in cut(output, {}, hints=printing.hints(step.analysis)):
        if piece.is_name and piece.text == "hash" and text.isdigit():
            yield at, text
        at += len(text)


def _weak_tokens(step: DraftStep, covered: bytearray, seen: set[str]) -> Iterator[Token]:
    """Tokens that are another one each time, then weak ones; of what else is known to vary, none."""
    output, at, varying = step.recorded.output, 0, ""
    # Without a digit there is none of them, but for the name of a temporary folder.
    pattern = lifted(output, {}, hints=printing.hints(step.analysis)) if _VARIES.search(output) else ""
    for piece in (*pieces(pattern), Piece("")):
        if piece.is_name:
            varying = piece.text
            continue
        start, at = at, output.find(piece.text, at) if piece.text else len(output)
        kind = VARYING.get(varying)
        found = kind and kind.finds.fullmatch(output, start, at)
        if kind and found and found[0] not in seen and 1 not in covered[start:at]:
            seen.add(found[0])
            yield Token(found[0], kind, _strength(kind, found[0]), start)
        varying = ""
        for found in (*WEAK.finds.finditer(piece.text), *_PART.finditer(piece.text)):
            start, end = at + found.start(), at + found.end()
            if found[0] not in seen and 1 not in covered[start:end]:
                seen.add(found[0])
                yield Token(found[0], WEAK, LinkStrength.WEAK, start)
        at += len(piece.text)


def _strength(kind: Kind, text: str) -> LinkStrength:
    """A short number is typed by chance, even where it is known for what it is."""
    short = kind is PROCESS and len(text) < SHORTEST_PROCESS
    return LinkStrength.WEAK if short else LinkStrength.STRONG


class Holders:
    """Tells what steps print and how later ones hold it; each distinct output and command is taken apart once."""

    def __init__(self) -> None:
        self._printed: dict[tuple[str, str], list[Token]] = {}
        self._apart: dict[tuple[bool, str], set[str]] = {}
        self._words: dict[str, tuple[template.Place, ...]] = {}

    def printed(self, step: DraftStep) -> list[Token]:
        """The tokens of a step's output (`printed_tokens`)."""
        key = step.recorded.output, step.recorded.command
        if key not in self._printed:
            self._printed[key] = list(printed_tokens(step))
        return self._printed[key]

    def uses(self, step: DraftStep, token: Token) -> frozenset[str]:
        """The token as the step's command, or what was typed into it, holds it.

        Args:
            step: A later step.
            token: What was printed.

        Returns:
            Its text, or of a hash any beginning of it; a weak token only where it is an argument, or a part of one
            between signs, and no option's number.
        """
        texts = [step.step.run, *(typed.text or "" for typed in step.recorded.inputs)]
        if token.strength is LinkStrength.WEAK:
            used = (token.text in step.step.run and token.text in self._parts(step)) or any(
                typed.strip() == token.text for typed in texts[1:]
            )
            return frozenset({token.text} if used else ())
        found = {token.text} if any(True for text in texts for _ in places_of(token.text, text)) else set()
        if token.kind.shortens:
            found |= {word for text in texts for word in SHORTENED.findall(text) if token.text.startswith(word)}
        return frozenset(found)

    def words(self, step: DraftStep) -> tuple[template.Place, ...]:
        """The words of its recorded command (`template.words`)."""
        command = step.recorded.command
        if command not in self._words:
            self._words[command] = template.words(command)
        return self._words[command]

    def _parts(self, step: DraftStep) -> set[str]:
        patch = is_patch(step.step.run)
        key = patch, step.step.run if patch else step.recorded.command
        if key not in self._apart:
            self._apart[key] = _parts(step, self.words)
        return self._apart[key]


def _parts(step: DraftStep, words: Words) -> set[str]:
    """Arguments of the step's commands, whole and cut at signs; of a patch, the words of the lines that it adds."""
    if is_patch(step.step.run):
        return set(_words_of(added(step.step.run)))
    found: set[str] = set()
    for use in step.analysis.commands:
        if use.name == "sleep":
            # How long one waits is nothing that was printed.
            continue
        before = ""
        for word in use.words[1:]:
            value = word.value or ""
            is_option = value.startswith("-") and "=" not in value
            if not is_option and not (before.startswith("-") and len(value) == 1):
                found |= {value, *re.split(r"[/=:,@]", value)}
                found |= {part for part in re.split(r"[/=:,@._-]", value) if len(part) > 1}
                found |= {number[1] for number in VERSION.finditer(value)}
            before = value
    return found | _written_words(step, words)


def _written_words(step: DraftStep, words: Words) -> set[str]:
    """Words of here-documents, redirections and assignments."""
    named = {(use.words[0].span.start, use.words[0].span.end) for use in step.analysis.commands if use.words}
    found, command, places = set[str](), step.recorded.command, words(step)
    counted = _counted(places)
    for place in places:
        if place.span in named or (place.before and not place.before.endswith("=")):
            continue
        if place.index not in counted and not command[: place.span[0]].endswith((">&", "<&")):
            found |= set(_words_of(place.word))
    return found


def _counted(places: Sequence[template.Place]) -> set[int]:
    """Places where a loop only counts, as in `for try in 1 2 3`: three whole numbers or more, each one up."""
    counted = set[int]()
    for three in zip(places, places[1:], places[2:], strict=False):
        numbers = [int(place.word) for place in three if not place.before and place.word.isdecimal()]
        if len(numbers) == len(three) and all(after == number + 1 for number, after in pairwise(numbers)):
            counted |= {place.index for place in three}
    return counted


def _words_of(text: str) -> Iterator[str]:
    """What a text's words hold between signs; a single character only where it is all of the text."""
    for word in text.split():
        parts = {word, *re.split(r"[^\w.-]", word), *re.split(r"[^0-9A-Za-z]", word)}
        parts |= {number[1] for number in VERSION.finditer(word)}
        yield from (part for part in parts if len(part) > 1 or part == text)
