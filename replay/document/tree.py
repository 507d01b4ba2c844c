"""Reads YAML into a tree that knows where everything stands, and refuses what a playbook has no use for."""

import re
from collections.abc import Iterator
from difflib import get_close_matches
from typing import NoReturn, TypeAlias

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)
from ruamel.yaml.reader import ReaderError
from ruamel.yaml.scanner import Scanner, ScannerError

from capture.errors import BadInputError
from capture.printable import printable

MAX_CHARACTERS = 4 * 1024 * 1024
"""Longest document."""
MAX_DEPTH = 40
"""Deepest nesting; the format needs six, and what tools are given some more."""
_SHOWN = 60
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
_TAG = re.compile(r"[^\s\0,\[\]{}]+")


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
    return f"{where}:{node.line}:{node.column}: {_one_line(printable(problem))}"


def shown(value: str) -> str:
    """A value in a message: quoted, and cut where it is long."""
    return f'"{value}"' if len(value) <= _SHOWN else f'"{value[:_SHOWN]}…"'


def suggestion(word: str, known: Iterator[str] | list[str]) -> str:
    """The end of a message about an unknown word: the nearest known one, or all of them."""
    words = sorted(known)
    if len(words) > _COMPARED:
        return ""
    near = get_close_matches(word[:_SHOWN], words, n=1, cutoff=0.6)
    if near:
        return f'; did you mean "{near[0]}"?'
    listed = ", ".join(words[:_LISTED]) + (", …" if len(words) > _LISTED else "")
    return f"; known here: {listed}" if words else ""


def parse(text: str, where: str) -> Node:
    """Read one document.

    Args:
        text: YAML.
        where: Its name in messages.

    Returns:
        The root.

    Raises:
        BadInputError: No YAML, more than one document, aliases, tags, duplicate keys, too large or too deep.
    """
    if len(text) > MAX_CHARACTERS:
        raise BadInputError(f"{where}:1:1: longer than {MAX_CHARACTERS} characters, which is no playbook")
    builder = _Builder(where)
    try:
        reads = YAML(typ="safe", pure=True)
        reads.Scanner = _Scanner
        for event in reads.parse(text):
            builder.take(event)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = Node(mark.line + 1, mark.column + 1) if mark else Node(1, 1)
        refuse(where, place, error.problem or error.context or "not YAML")
    except ReaderError as error:
        before = text[: error.position]
        at = Node(before.count("\n") + 1, error.position - before.rfind("\n"))
        refuse(where, at, f"the character #x{error.character:04x}, which YAML allows in double quotes only, escaped")
    except YAMLError as error:
        raise BadInputError(f"{where}:1:1: {_one_line(printable(str(error)))}") from None
    if builder.root is None:
        refuse(where, Node(1, 1), "empty; a playbook begins with `replaybook: 1`")
    return builder.root


class _Scanner(Scanner):
    """Refuses a tag where it begins: to read a long one takes time by the square of its length."""

    def scan_tag(self) -> NoReturn:
        """Say which one it is."""
        tag = _TAG.match(self.reader.prefix(_SHOWN))
        problem = f"a tag ({tag[0] if tag else '!'}); every value is text"
        raise ScannerError(None, None, problem, self.reader.get_mark())


class _Builder:
    """Puts the parser's events together, without recursion."""

    def __init__(self, where: str) -> None:
        self.root: Node | None = None
        self._where = where
        self._open: list[Items | Fields] = []
        self._keys: list[Text | None] = []
        self._documents = 0

    def take(self, event: Event) -> None:
        """Take the next event."""
        mark = event.start_mark
        at = (mark.line + 1, mark.column + 1)
        match event:
            case DocumentStartEvent():
                self._documents += 1
                if self._documents > 1:
                    refuse(self._where, Node(*at), "a second document; one file holds one playbook")
            case AliasEvent():
                refuse(self._where, Node(*at), "an alias; write the value out instead")
            case ScalarEvent():
                self._plain(event, at)
                if any("\ud800" <= character <= "\udfff" for character in event.value):
                    refuse(self._where, Node(*at), "half a character (a lone surrogate), which no text holds")
                self._add(Text(str(event.value), event.style, _place(event)))
            case MappingStartEvent():
                self._plain(event, at)
                self._begin(Fields(flow=bool(event.flow_style), place=_place(event)))
            case SequenceStartEvent():
                self._plain(event, at)
                self._begin(Items(flow=bool(event.flow_style), place=_place(event)))
            case MappingEndEvent() | SequenceEndEvent():
                self._open.pop().end = event.end_mark.index
                self._keys.pop()
            case _:
                pass

    def _plain(self, event: ScalarEvent | MappingStartEvent | SequenceStartEvent, at: tuple[int, int]) -> None:
        if event.anchor is not None:
            refuse(self._where, Node(*at), f"an anchor (&{event.anchor[:_SHOWN]}); write the value out instead")

    def _begin(self, node: Items | Fields) -> None:
        if len(self._open) >= MAX_DEPTH:
            refuse(self._where, node, f"nested deeper than {MAX_DEPTH} levels")
        self._add(node)
        self._open.append(node)
        self._keys.append(None)

    def _add(self, node: Node) -> None:
        if not self._open:
            self.root = node
            return
        parent, key = self._open[-1], self._keys[-1]
        if isinstance(parent, Items):
            parent.items.append(node)
        elif key is not None:
            parent.fields[key.value] = node
            self._keys[-1] = None
        elif not isinstance(node, Text):
            refuse(self._where, node, "a key must be a word")
        elif node.value in parent.keys:
            refuse(
                self._where, node, f"{shown(node.value)} a second time (first in line {parent.keys[node.value].line})"
            )
        else:
            parent.keys[node.value] = node
            self._keys[-1] = node


def _place(event: Event) -> Place:
    start = event.start_mark
    end = event.end_mark.index if isinstance(event, ScalarEvent) else 0
    return start.line + 1, start.column + 1, start.index, end


def _one_line(text: str) -> str:
    return " ".join(text.split())
