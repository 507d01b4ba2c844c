"""Reads YAML into a tree that knows where everything stands, and refuses what a playbook has no use for."""

from collections.abc import Iterator
from difflib import get_close_matches
from typing import NoReturn

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

from capture.errors import BadInputError

MAX_CHARACTERS = 4 * 1024 * 1024
"""Longest document."""
MAX_DEPTH = 12
"""Deepest nesting; the format needs six."""


class Node:
    """A part of a document, and where it begins.

    Attributes:
        line: Counted from 1.
        column: Counted from 1.
    """

    def __init__(self, line: int, column: int) -> None:
        self.line = line
        self.column = column


class Text(Node):
    """A scalar: text, whatever it looks like.

    Attributes:
        value: The text.
        empty: Nothing stands there, not even quotes.
    """

    def __init__(self, line: int, column: int, value: str, *, empty: bool) -> None:
        super().__init__(line, column)
        self.value = value
        self.empty = empty


class Items(Node):
    """A sequence.

    Attributes:
        items: In order.
    """

    def __init__(self, line: int, column: int) -> None:
        super().__init__(line, column)
        self.items: list[Node] = []


class Fields(Node):
    """A mapping.

    Attributes:
        keys: The key nodes, by key.
        fields: The values, by key.
    """

    def __init__(self, line: int, column: int) -> None:
        super().__init__(line, column)
        self.keys: dict[str, Text] = {}
        self.fields: dict[str, Node] = {}


def refuse(where: str, node: Node, problem: str) -> NoReturn:
    """Say what is wrong and where.

    Raises:
        BadInputError: Always.
    """
    raise BadInputError(f"{where}:{node.line}:{node.column}: {problem}")


def suggestion(word: str, known: Iterator[str] | list[str]) -> str:
    """The end of a message about an unknown word: the nearest known one, or all of them."""
    words = sorted(known)
    near = get_close_matches(word, words, n=1, cutoff=0.6)
    if near:
        return f'; did you mean "{near[0]}"?'
    return f"; known here: {', '.join(words)}" if words else ""


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
        raise BadInputError(f"{where}: longer than {MAX_CHARACTERS} characters, which is no playbook")
    builder = _Builder(where)
    try:
        for event in YAML(typ="safe", pure=True).parse(text):
            builder.take(event)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        at = f":{mark.line + 1}:{mark.column + 1}" if mark else ""
        raise BadInputError(f"{where}{at}: {_one_line(error.problem or error.context or 'not YAML')}") from None
    except YAMLError as error:
        raise BadInputError(f"{where}: {_one_line(str(error))}") from None
    if builder.root is None:
        raise BadInputError(f"{where}: empty; a playbook begins with `replaybook: 1`")
    return builder.root


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
                self._add(Text(*at, event.value, empty=event.value == "" and event.style is None))
            case MappingStartEvent():
                self._plain(event, at)
                self._begin(Fields(*at))
            case SequenceStartEvent():
                self._plain(event, at)
                self._begin(Items(*at))
            case MappingEndEvent() | SequenceEndEvent():
                self._open.pop()
                self._keys.pop()
            case _:
                pass

    def _plain(self, event: ScalarEvent | MappingStartEvent | SequenceStartEvent, at: tuple[int, int]) -> None:
        if event.anchor is not None:
            refuse(self._where, Node(*at), f"an anchor (&{event.anchor}); write the value out instead")
        if event.tag is not None:
            refuse(self._where, Node(*at), f"a tag ({event.tag}); every value is text")

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
            refuse(self._where, node, f'"{node.value}" a second time (first in line {parent.keys[node.value].line})')
        else:
            parent.keys[node.value] = node
            self._keys[-1] = node


def _one_line(text: str) -> str:
    return " ".join(text.split())
