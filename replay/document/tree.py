"""A document as a tree that knows where everything stands, and what is said of a part in which something is wrong."""

from collections.abc import Iterator
from difflib import get_close_matches
from typing import NoReturn, TypeAlias

from capture.errors import BadInputError
from capture.printable import printable

MAX_CHARACTERS = 4 * 1024 * 1024
"""Longest document."""
MAX_DEPTH = 40
"""Deepest nesting; the format needs six, and what tools are given some more."""
SHOWN = 60
"""Characters of a value in a message."""
_LISTED = 20
"""Valid words that a message lists."""
_COMPARED = 5000
"""Valid words among which a near one is looked for."""


Place: TypeAlias = tuple[int, int, int, int]
"""Line and column, counted from 1; first character and the one behind the last, counted from 0."""
NOWHERE: Place = (1, 1, 0, 0)
"""The place of what no message and no revision will ask after."""
_BLOCKS = frozenset({"|", ">"})


class Node:
    """A part of a document, and where it begins.

    Attributes:
        line: Counted from 1.
        column: Counted from 1.
        start: Its first character, counted from 0 in the whole text.
        end: The character behind its last one, as far as the parser tells: blank lines and comments behind a block
            belong to it.
    """

    __slots__ = ("column", "end", "line", "start")

    def __init__(self, line: int = 1, column: int = 1, start: int = 0, end: int = 0) -> None:
        self.line = line
        self.column = column
        self.start = start
        self.end = end


class Text(Node):
    """A scalar: text, whatever it looks like.

    Attributes:
        value: The text.
        empty: Nothing stands there, not even quotes.
        block: It is written as a block, below its key.
        plain: It is written without quotes, and as no block.
    """

    __slots__ = ("block", "empty", "plain", "value")

    def __init__(self, value: str, style: str | None, place: Place = NOWHERE) -> None:
        self.line, self.column, self.start, self.end = place
        self.value = value
        self.empty = value == "" and not style
        self.block = style in _BLOCKS
        self.plain = not style


class Items(Node):
    """A sequence.

    Attributes:
        items: In order.
        flow: It is written in brackets.
    """

    __slots__ = ("flow", "items")

    def __init__(self, *, flow: bool, place: Place = NOWHERE) -> None:
        self.line, self.column, self.start, self.end = place
        self.items: list[Node] = []
        self.flow = flow


class Fields(Node):
    """A mapping.

    Attributes:
        keys: The key nodes, by key.
        fields: The values, by key.
        flow: It is written in braces.
    """

    __slots__ = ("fields", "flow", "keys")

    def __init__(self, *, flow: bool, place: Place = NOWHERE) -> None:
        self.line, self.column, self.start, self.end = place
        self.flow = flow
        self.keys: dict[str, Text] = {}
        self.fields: dict[str, Node] = {}


def refuse(where: str, node: Node, problem: str) -> NoReturn:
    """Say what is wrong and where.

    Raises:
        BadInputError: Always.
    """
    raise BadInputError(message(where, node, problem))


def message(where: str, node: Node, problem: str) -> str:
    """What is wrong and where, in one line that a terminal can show."""
    return f"{where}:{node.line}:{node.column}: {one_line(printable(problem))}"


def shown(value: str) -> str:
    """A value in a message: quoted, and cut where it is long."""
    return f'"{value}"' if len(value) <= SHOWN else f'"{value[:SHOWN]}…"'


def suggestion(word: str, known: Iterator[str] | list[str]) -> str:
    """The end of a message about an unknown word: the nearest known one, or all of them."""
    words = sorted(known)
    if len(words) > _COMPARED:
        return ""
    near = get_close_matches(word[:SHOWN], words, n=1, cutoff=0.6)
    if near:
        return f'; did you mean "{near[0]}"?'
    listed = ", ".join(words[:_LISTED]) + (", …" if len(words) > _LISTED else "")
    return f"; known here: {listed}" if words else ""


def one_line(text: str) -> str:
    """A text with its line ends taken for blanks."""
    return " ".join(text.split())
