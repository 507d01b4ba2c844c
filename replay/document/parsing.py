"""Reads YAML into a tree, and refuses what a playbook has no use for.

Who reads documents imports it when one must be read: a version whose reading is kept needs no parser.
"""

import re
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
from ruamel.yaml.reader import ReaderError
from ruamel.yaml.scanner import Scanner, ScannerError

from capture.errors import BadInputError
from capture.printable import printable
from replay.document.tree import (
    MAX_CHARACTERS,
    MAX_DEPTH,
    SHOWN,
    Fields,
    Items,
    Node,
    Place,
    Text,
    one_line,
    refuse,
    shown,
)

_TAG = re.compile(r"[^\s\0,\[\]{}]+")


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
        raise BadInputError(f"{where}:1:1: {one_line(printable(str(error)))}") from None
    if builder.root is None:
        refuse(where, Node(1, 1), "empty; a playbook begins with `replaybook: 1`")
    return builder.root


class _Scanner(Scanner):
    """Refuses a tag where it begins: to read a long one takes time by the square of its length."""

    def scan_tag(self) -> NoReturn:
        """Say which one it is."""
        tag = _TAG.match(self.reader.prefix(SHOWN))
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
            refuse(self._where, Node(*at), f"an anchor (&{event.anchor[:SHOWN]}); write the value out instead")

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
