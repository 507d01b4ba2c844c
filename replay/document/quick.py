"""Reads documents in which nothing is wrong with libyaml, far faster; it knows no places, and says nothing.

Whatever it is in doubt about it leaves to `parsing.parse`, which alone says what is wrong and where.
"""

import re
from collections.abc import Callable
from typing import Any

from yaml import (
    CSafeLoader,
    DocumentEndEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    StreamEndEvent,
    StreamStartEvent,
    YAMLError,
)

from replay.document.tree import MAX_CHARACTERS, MAX_DEPTH, Fields, Items, Node, Text

_OTHERWISE = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff\ud800-\udfff]")
"""Characters that are line ends, marks or nothing at all, as the version of YAML has it."""
_HEADS = re.compile(r"[|>][-+0-9]*(?:#| *(?:#[^\r\n]*)?[\r\n]+ +[\r\n])")
"""Heads of blocks that only libyaml takes: with a comment at once, with a first line of spaces."""
_MARKS = re.compile(r"^(?:---|\.\.\.)", re.MULTILINE)
"""Marks of a document's beginning and end, of which libyaml takes more than one."""
_KEY = Text("", '"')
"""Stands for every key: only messages ask where one is."""
_BEGIN = [StreamStartEvent, DocumentStartEvent]
_END = [DocumentEndEvent, StreamEndEvent]


class _UnsureError(Exception):
    """Something for the other parser."""


def quick(text: str) -> Node | None:
    """Read one document in which nothing is wrong.

    Args:
        text: YAML.

    Returns:
        The root that `parsing.parse` would make of it, without places; None for what only that can tell about.
    """
    unsure = (_OTHERWISE, _HEADS, _MARKS)
    if len(text) > MAX_CHARACTERS or any(one.search(text) for one in unsure) or f"\n{text}".find("\n%") >= 0:
        return None
    parser = CSafeLoader(text)
    try:
        root = _document(parser.get_event)
    except (YAMLError, ValueError, _UnsureError):
        return None
    finally:
        parser.dispose()
    # YAML 1.1 takes a tab for a space in places where 1.2 refuses it; in a block it is text for both.
    return root if "\t" not in text or text.count("\t") == _tabs(root) else None


def _document(take: Callable[[], Any]) -> Node:
    """The root of the only document."""
    if [type(take()), type(take())] != _BEGIN:
        raise _UnsureError
    root = _node(take(), take, 0)
    if [type(take()), type(take())] != _END or not isinstance(root, Fields):
        raise _UnsureError
    return root


def _node(event: Any, take: Callable[[], Any], depth: int) -> Node:
    if event.anchor is not None or event.tag is not None:
        raise _UnsureError
    kind = type(event)
    if kind is ScalarEvent:
        return Text(event.value, event.style)
    if depth >= MAX_DEPTH:
        raise _UnsureError
    if kind is MappingStartEvent:
        return _fields(Fields(flow=event.flow_style), take, depth + 1)
    items = Items(flow=event.flow_style)
    while type(event := take()) is not SequenceEndEvent:
        items.items.append(_node(event, take, depth + 1))
    return items


def _fields(fields: Fields, take: Callable[[], Any], depth: int) -> Fields:
    values = fields.fields
    while type(event := take()) is not MappingEndEvent:
        if type(event) is not ScalarEvent or event.value in values:
            raise _UnsureError
        if event.anchor is not None or event.tag is not None:
            raise _UnsureError
        values[event.value] = _node(take(), take, depth)
    fields.keys = dict.fromkeys(values, _KEY)
    return fields


def _tabs(node: Node) -> int:
    """Tabs that stand in blocks."""
    match node:
        case Text():
            return node.value.count("\t") if node.block else 0
        case Items():
            return sum(map(_tabs, node.items))
        case Fields():
            return sum(map(_tabs, node.fields.values()))
    return 0
