"""Writes a new version into the text of the one before it: only what changed is rewritten, comments and order stay."""

import re
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from typing import NoReturn

import msgspec

from capture.errors import BadInputError
from replay.document.reading import load
from replay.document.tree import Fields, Items, Node, Text
from replay.document.writing import dump
from replay.playbook import Playbook

_DASH = re.compile(r"[ \t]*-[ \t]+")
_COMMENT = re.compile(r"[ \t]+#[^\n]*")
_BLOCK_HEAD = re.compile(r"[|>][-+0-9]*")
_WHERE = "the new version"


def revise(text: str, base: Playbook, playbook: Playbook) -> str:
    """A playbook as YAML, in the words of another version's text.

    Args:
        text: A document of `base`, as a person may have edited it.
        base: What the text says.
        playbook: What the new text must say.

    Returns:
        The text with what differs written anew, and all else as it stood; a document written afresh where the two
        are too different, or the text is written in a way that can't be followed.
    """
    fresh = dump(playbook)
    try:
        revised = _Revision(text, dump(base), fresh).text()
        return revised if load(revised, where=_WHERE) == playbook else fresh
    except (BadInputError, _TooDifferentError):
        return fresh


class _TooDifferentError(Exception):
    """A node has to be written as a whole, by the node above it."""


class _Edit(msgspec.Struct, frozen=True):
    """Text that takes the place of what stands from `start` to `end`."""

    start: int
    end: int
    text: str


class _Revision:
    """The text, and the plain documents of what it says and of what it must say."""

    def __init__(self, text: str, before: str, after: str) -> None:
        self._text, self._before, self._after = text, before, after

    def text(self) -> str:
        """The text with every difference worked in."""
        text = self._text if self._text.endswith("\n") else f"{self._text}\n"
        if self._before == self._after:
            return text
        from replay.document.parsing import parse  # noqa: PLC0415 - only who writes needs it

        trees = (parse(text, _WHERE) for text in (self._text, self._before, self._after))
        edits = sorted(self._edits(*trees), key=lambda one: (one.start, one.end))
        for edit in reversed(edits):
            text = text[: edit.start] + edit.text + text[edit.end :]
        return text

    def _edits(self, here: Node, before: Node, after: Node) -> Iterator[_Edit]:
        """What to change where the text says `before` and must say `after`."""
        if _value(before) == _value(after):
            return
        try:
            match here, before, after:
                case Fields(), Fields(), Fields():
                    yield from list(self._fields(here, before, after))
                case Items(flow=False), Items(), Items(flow=False):
                    yield from list(self._items(here, before, after))
                case Text(), Text(), Text():
                    yield self._written(here, after)
                case _:
                    _give_up()
        except _TooDifferentError:
            yield self._written(here, after)

    def _written(self, here: Node, after: Node) -> _Edit:
        """A node written anew in its place; a comment behind its first line stays there."""
        if isinstance(after, Items | Fields) and not after.flow:
            raise _TooDifferentError
        end = _end(here, self._text)
        old, new = self._text[here.start : end], self._after[after.start : _end(after, self._after)]
        if not (isinstance(here, Text) and here.block) and "\n" not in new:
            return _Edit(here.start, end, new)
        margin = self._margin(here)
        if margin is None:
            raise _TooDifferentError
        head, newline, body = new.partition("\n")
        said = _BLOCK_HEAD.match(old) if isinstance(here, Text) and here.block else None
        behind = _COMMENT.match(self._text, here.start + said.end() if said else end)
        comment = behind[0].rstrip() if behind else ""
        covered = end if said or behind is None else behind.end()
        lines = _moved(body, self._margin_after(after), margin)
        return _Edit(here.start, covered, head + comment + newline + lines)

    def _fields(self, here: Fields, before: Fields, after: Fields) -> Iterator[_Edit]:
        gone = [key for key in before.fields if key not in after.fields and key in here.fields]
        added = [key for key in after.fields if _differs(key, before, after) and key not in here.fields]
        if here.flow and (gone or added):
            raise _TooDifferentError
        for key in gone:
            yield self._without(here, key)
        for key in after.fields:
            if _differs(key, before, after) and key in here.fields:
                yield from self._field(here, before, after, key)
        for key in added:
            yield self._with(here, after, key)

    def _field(self, here: Fields, before: Fields, after: Fields, key: str) -> Iterator[_Edit]:
        old = before.fields.get(key)
        try:
            if old is None:
                _give_up()
            yield from list(self._edits(here.fields[key], old, after.fields[key]))
        except _TooDifferentError:
            if here.flow:
                raise
            node = here.keys[key]
            lines = self._source(after, key, node.column - 1).removeprefix(" " * (node.column - 1))
            yield _Edit(node.start, _end(here.fields[key], self._text), lines)

    def _without(self, here: Fields, key: str) -> _Edit:
        start = self._line_start(here.keys[key].start)
        if self._text[start : here.keys[key].start].strip():
            names = [name.start for name in here.keys.values() if name.start > here.keys[key].start]
            if not names:
                raise _TooDifferentError
            return _Edit(here.keys[key].start, min(names), "")
        return _Edit(start, self._next_line(_end(here.fields[key], self._text)), "")

    def _with(self, here: Fields, after: Fields, key: str) -> _Edit:
        """A new field, behind the one that it follows in a fresh document."""
        order = list(after.fields)
        known = [one for one in order[: order.index(key)] if one in here.fields] or list(here.fields)[:1]
        at = self._next_line(_end(here.fields[known[-1]], self._text))
        return _Edit(at, at, f"{self._source(after, key, here.keys[known[-1]].column - 1)}\n")

    def _items(self, here: Items, before: Items, after: Items) -> Iterator[_Edit]:
        if len(here.items) != len(before.items) or not here.items:
            raise _TooDifferentError
        old, new = ([_value(item) for item in node.items] for node in (before, after))
        for verb, a, b, c, d in SequenceMatcher(None, _keys(old), _keys(new), autojunk=False).get_opcodes():
            shared = min(b - a, d - c) if verb == "replace" else 0
            for at in range(shared):
                yield from self._item(here.items[a + at], before.items[a + at], after.items[c + at])
            if verb != "equal":
                yield from (self._without_item(item) for item in here.items[a + shared : b])
                yield from self._with_items(here, a + shared, after.items[c + shared : d])

    def _item(self, here: Node, before: Node, after: Node) -> Iterator[_Edit]:
        try:
            yield from list(self._edits(here, before, after))
        except _TooDifferentError:
            lines = _moved(self._node(after), after.column - 1, here.column - 1).lstrip(" ")
            yield _Edit(here.start, _end(here, self._text), lines)

    def _without_item(self, item: Node) -> _Edit:
        self._dash(item)
        return _Edit(self._line_start(item.start), self._next_line(_end(item, self._text)), "")

    def _with_items(self, here: Items, index: int, items: Sequence[Node]) -> Iterator[_Edit]:
        if not items:
            return
        pad = " " * self._dash(here.items[0])
        at = self._line_start(here.items[0].start)
        if index:
            at = self._next_line(_end(here.items[index - 1], self._text))
        written = (_moved(self._node(item), item.column - 1, len(pad) + 2).lstrip(" ") for item in items)
        yield _Edit(at, at, "".join(f"{pad}- {lines}\n" for lines in written))

    def _dash(self, item: Node) -> int:
        """The column, counted from 0, of an item's dash."""
        before = self._text[self._line_start(item.start) : item.start]
        if not _DASH.fullmatch(before):
            raise _TooDifferentError
        return before.index("-")

    def _source(self, after: Fields, key: str, column: int) -> str:
        """A field as a fresh document has it, at another column."""
        name = after.keys[key]
        return _moved(
            " " * (name.column - 1) + self._after[name.start : _end(after.fields[key], self._after)],
            name.column - 1,
            column,
        )

    def _node(self, after: Node) -> str:
        return " " * (after.column - 1) + self._after[after.start : _end(after, self._after)]

    def _margin(self, here: Node) -> int | None:
        """How far the key of a block's text is indented; None inside brackets or behind an item's dash alone."""
        line = self._text[self._line_start(here.start) : here.start]
        found = re.fullmatch(r"((?:[ \t]*-[ \t]+)?[ \t]*)[\w\"'./-]+[ \t]*:[ \t]+", line)
        return len(found[1]) if found else None

    def _margin_after(self, after: Node) -> int:
        line = self._after[self._after.rfind("\n", 0, after.start) + 1 : after.start]
        found = re.match(r"(?: *- )? *", line)
        return len(found[0]) if found else 0

    def _line_start(self, at: int) -> int:
        return self._text.rfind("\n", 0, at) + 1

    def _next_line(self, at: int) -> int:
        found = self._text.find("\n", at)
        return len(self._text) + (not self._text.endswith("\n")) if found < 0 else found + 1


def _give_up() -> NoReturn:
    raise _TooDifferentError


def _differs(key: str, before: Fields, after: Fields) -> bool:
    return key not in before.fields or _value(before.fields[key]) != _value(after.fields[key])


def _end(node: Node, text: str) -> int:
    """Where what a node says ends, without the blank lines and comments behind it."""
    children = list(node.fields.values()) if isinstance(node, Fields) else node.items if isinstance(node, Items) else []
    if children and isinstance(node, Fields | Items) and not node.flow:
        return _end(children[-1], text)
    if isinstance(node, Text) and node.block:
        block = text[node.start : node.end]
        keeps = "+" in block[:3]
        return node.start + len(block.removesuffix("\n") if keeps else block.rstrip("\n"))
    return node.end


def _value(node: Node) -> object:
    """What a node says."""
    match node:
        case Text():
            return node.value
        case Items():
            return [_value(item) for item in node.items]
        case Fields():
            return {key: _value(value) for key, value in node.fields.items()}
        case _:
            return None


def _keys(values: Sequence[object]) -> list[str]:
    return [msgspec.json.encode(value).decode() for value in values]


def _moved(text: str, old: int, new: int) -> str:
    """Lines that are indented by `old` blanks, indented by `new`."""
    return "\n".join(" " * new + line[old:] if line[old:] else "" for line in text.split("\n"))
