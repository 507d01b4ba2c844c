"""What the shell makes of one word: quotes removed, expansions marked, braces opened."""

import re
import sys
from collections.abc import Iterator
from enum import Enum, auto
from itertools import pairwise, product, repeat
from typing import NamedTuple

import msgspec
from tree_sitter import Node

from replay.syntax.tree import EXPANSION_TYPES, Source, descend
from replay.syntax.values import Part, Span, Word

ESCAPED_IN_DOUBLE = frozenset('$`"\\')
ANSI_LETTERS = {
    "a": "\a",
    "b": "\b",
    "e": "\x1b",
    "E": "\x1b",
    "f": "\f",
    "n": "\n",
    "r": "\r",
    "t": "\t",
    "v": "\v",
    "\\": "\\",
    "'": "'",
    '"': '"',
    "?": "?",
}
ANSI_ESCAPE = re.compile(
    r"\\(?:([abeEfnrtv\\'\"?])|([0-7]{1,3})|x([0-9a-fA-F]{1,2})|u([0-9a-fA-F]{1,4})|U([0-9a-fA-F]{1,8})|c(.))",
    re.DOTALL,
)
GLOB = re.compile(r"[*?]|\[.+\]")
BRACES = re.compile(r"\{([^{}]*)\}")
RANGE = re.compile(r"(-?\d+)\.\.(-?\d+)|([a-zA-Z])\.\.([a-zA-Z])")
PLAIN = re.compile(r"[A-Za-z0-9_./:=,+@%-]+")
"""Means itself."""
MOST_ALTERNATIVES = 64


class Quote(Enum):
    """The quoting that a character stands in."""

    BARE = auto()
    ESCAPED = auto()
    """Bare, behind a backslash."""
    SINGLE = auto()
    DOUBLE = auto()
    ANSI = auto()
    """`$'…'`."""


class Char(NamedTuple):
    """One character of a word's value and where it comes from."""

    value: str | None
    """The character; None stands for a whole expansion."""
    start: int
    end: int
    quote: Quote
    node: Node | None = None
    """The expansion."""


_ORDINARY = re.compile(r"""[^'"$\\]+""")


class _Scanner:
    """Reads one word; `chars` holds what came of it."""

    def __init__(self, source: Source, start: int, end: int, expansions: dict[int, tuple[int, Node]]) -> None:
        self.text, self.end, self.expansions = source.text, end, expansions
        self.chars: list[Char] = []
        self.at = start

    def bare(self) -> None:
        text = self.text
        while self.at < self.end:
            if self._expansion(Quote.BARE):
                continue
            here = text[self.at]
            if here == "'":
                self._single()
            elif here == '"':
                self._double(self.at + 1)
            elif here == "$" and text[self.at + 1 : self.at + 2] == '"':
                self._double(self.at + 2)
            elif here == "$" and text[self.at + 1 : self.at + 2] == "'":
                self._ansi()
            elif here == "\\" and self.at + 1 < self.end:
                self._escape()
            else:
                self._ordinary()

    def _ordinary(self) -> None:
        """Characters that mean themselves, up to the next one that may not."""
        stop = min((at for at in self.expansions if at > self.at), default=self.end)
        found = _ORDINARY.match(self.text, self.at, min(stop, self.end))
        end = found.end() if found else self.at + 1
        starts, ends = range(self.at, end), range(self.at + 1, end + 1)
        self.chars += map(Char, self.text[self.at : end], starts, ends, repeat(Quote.BARE))
        self.at = end

    def _take(self, value: str, length: int, quote: Quote) -> None:
        self.chars.append(Char(value, self.at, self.at + length, quote))
        self.at += length

    def _expansion(self, quote: Quote) -> bool:
        if self.at not in self.expansions:
            return False
        end, node = self.expansions[self.at]
        self.chars.append(Char(None, self.at, end, quote, node))
        self.at = end
        return True

    def _escape(self) -> None:
        following = self.text[self.at + 1]
        if following == "\n":
            self.at += 2
        else:
            self._take(following, 2, Quote.ESCAPED)

    def _single(self) -> None:
        self.at += 1
        while self.at < self.end and self.text[self.at] != "'":
            self._take(self.text[self.at], 1, Quote.SINGLE)
        self.at += 1

    def _double(self, start: int) -> None:
        self.at = start
        while self.at < self.end and self.text[self.at] != '"':
            self.inside(Quote.DOUBLE, ESCAPED_IN_DOUBLE)
        self.at += 1

    def inside(self, quote: Quote, escaped: frozenset[str]) -> None:
        """One character where a backslash only means something before a few others."""
        if self._expansion(quote):
            return
        here, following = self.text[self.at], self.text[self.at + 1 : self.at + 2]
        if here == "\\" and following == "\n":
            self.at += 2
        elif here == "\\" and following in escaped and following:
            self._take(following, 2, quote)
        else:
            self._take(here, 1, quote)

    def _ansi(self) -> None:
        self.at += 2
        while self.at < self.end and self.text[self.at] != "'":
            found = ANSI_ESCAPE.match(self.text, self.at, self.end)
            if found:
                self._take(_ansi_value(found), found.end() - found.start(), Quote.ANSI)
            else:
                self._take(self.text[self.at], 1, Quote.ANSI)
        self.at += 1


def chars(source: Source, node: Node) -> tuple[Char, ...]:
    """The characters of a word's value, in order, each with its place in the source.

    Args:
        source: The command.
        node: A word.

    Returns:
        One for each character, and one without value for each expansion.
    """
    span = source.span(node)
    scanner = _Scanner(source, span.start, span.end, _expansions(source, node))
    scanner.bare()
    return tuple(scanner.chars)


def heredoc_chars(source: Source, node: Node, *, literal: bool) -> tuple[Char, ...]:
    """The characters of a here-document's body.

    Args:
        source: The command.
        node: Its `heredoc_body`.
        literal: Its delimiter is quoted, so nothing in it is special.

    Returns:
        As `chars`.
    """
    start, end = source.span(node).start, source.span(node).end
    if literal:
        return tuple(Char(source.text[at], at, at + 1, Quote.SINGLE) for at in range(start, end))
    scanner = _Scanner(source, start, end, _expansions(source, node))
    while scanner.at < end:
        scanner.inside(Quote.DOUBLE, ESCAPED_IN_DOUBLE - {'"'})
    return tuple(scanner.chars)


def read_word(source: Source, node: Node) -> Word:
    """A word as a value.

    Args:
        source: The command.
        node: A word.

    Returns:
        What the shell makes of it.
    """
    if node.type in {"word", "number"} and PLAIN.fullmatch(source.of(node)):
        text = source.of(node)
        return Word(text=text, value=text, span=source.span(node), parts=(Part(text=text),))
    found = chars(source, node)
    parts = tuple(_parts(source, found))
    literal = "".join(char.value or "" for char in found)
    bare = "".join(char.value if char.value and char.quote is Quote.BARE else "\0" for char in found)
    alternatives = _alternatives(bare, literal) if all(char.value for char in found) else ()
    dynamic = any(char.value is None for char in found) or bool(alternatives) or node.has_error
    return Word(
        text=source.of(node),
        value=None if dynamic else literal,
        span=source.span(node),
        parts=parts,
        glob=bool(GLOB.search(bare)),
        tilde=bare.startswith("~"),
        alternatives=alternatives,
    )


def part_of(word: Word, start: int) -> Word:
    """A word's value from a character on, as the value glued to an option.

    Args:
        word: The whole word; its value is known.
        start: Where the part begins in the value.

    Returns:
        The part; its span covers the source from there when the source is as long as the value.
    """
    value = (word.value or "")[start:]
    plain = len(word.text) == len(word.value or "")
    span = Span(start=word.span.start + start, end=word.span.end) if plain else word.span
    return Word(
        text=word.text[start:] if plain else word.text,
        value=value,
        span=span,
        parts=(Part(text=value),),
        glob=word.glob and bool(GLOB.search(value)),
        tilde=value.startswith("~"),
    )


def renamed(word: Word, value: str | None) -> Word:
    """A word's place with another value: a path that a command makes of it.

    Args:
        word: As it stands.
        value: The path; None when only a run can tell.
    """
    parts = () if value is None else (Part(text=value),)
    return msgspec.structs.replace(word, value=value, parts=parts, alternatives=())


def _expansions(source: Source, node: Node) -> dict[int, tuple[int, Node]]:
    """The outermost expansions in a word, by where they start."""
    inner = [node] if node.type in EXPANSION_TYPES else descend(node, into=EXPANSION_TYPES)
    spans = [(source.span(found), found) for found in inner if found.type in EXPANSION_TYPES or _is_pid(found)]
    return {span.start: (span.end, found) for span, found in spans if span.end > span.start}


def _is_pid(node: Node) -> bool:
    """`$$` at a word's end, which the grammar takes for a dollar."""
    return node.type == "$" and node.end_byte - node.start_byte == len("$$")


def _parts(source: Source, found: tuple[Char, ...]) -> Iterator[Part]:
    text, quoted = "", False
    for char in found:
        now = char.quote is not Quote.BARE
        if text and (char.value is None or now != quoted):
            yield Part(text=text, quoted=quoted)
            text = ""
        quoted = now
        if char.value is None and char.node is not None:
            yield Part(variable=plain_variable(source, char.node), quoted=quoted)
        else:
            text += char.value or ""
    if text:
        yield Part(text=text, quoted=quoted)


def plain_variable(source: Source, node: Node) -> str | None:
    """The name in `$NAME` and `${NAME}`; None for anything that does more."""
    named = [child for child in node.children if child.is_named]
    if node.type not in {"simple_expansion", "expansion"} or len(named) != 1 or named[0].type != "variable_name":
        return None
    name = source.of(named[0])
    return name if source.of(node) in {f"${name}", f"${{{name}}}"} else None


def _ansi_value(found: re.Match[str]) -> str:
    letter, octal, hexadecimal, short, long, control = found.groups()
    if letter:
        return ANSI_LETTERS[letter]
    if control:
        return chr(ord(control.upper()) ^ 0x40) if control.isascii() else control
    number = int(octal, 8) & 0xFF if octal else int(hexadecimal or short or long, 16)
    return chr(number) if number <= sys.maxunicode else "\ufffd"


def _alternatives(bare: str, literal: str) -> tuple[str, ...]:
    """What the braces of a word without expansions open to; empty when it has none."""
    pieces: list[tuple[str, ...]] = []
    at, opened = 0, False
    for found in BRACES.finditer(bare):
        options = _options(found[1], literal[found.start() + 1 : found.end() - 1])
        opened = opened or bool(options)
        pieces += [(literal[at : found.start()],), options or (literal[found.start() : found.end()],)]
        at = found.end()
    if not opened:
        return ()
    return tuple("".join(chosen) for chosen in product(*pieces, (literal[at:],)))[:MOST_ALTERNATIVES]


def _options(bare: str, literal: str) -> tuple[str, ...]:
    if "," in bare:
        cuts = [-1, *(at for at, character in enumerate(bare) if character == ","), len(bare)]
        return tuple(literal[a + 1 : b] for a, b in pairwise(cuts))
    found = RANGE.fullmatch(bare)
    if not found:
        return ()
    if found[3]:
        first, last = ord(found[3]), ord(found[4])
    else:
        first, last = int(found[1]), int(found[2])
    step = 1 if last >= first else -1
    numbers = range(first, first + step * min(abs(last - first) + 1, MOST_ALTERNATIVES), step)
    return tuple(chr(number) if found[3] else str(number) for number in numbers)
