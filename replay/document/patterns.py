"""Finds what is wrong in a pattern (an expected output, a prompt, the path of an effect), and where exactly."""

import re
from collections.abc import Iterator
from collections.abc import Set as AbstractSet

import msgspec

from replay.document.tree import Node, Text, suggestion
from replay.matching import masks, walking

FORMS = (masks.GLOB, masks.REGEX)
_OF_LINES = frozenset({masks.OPTIONAL, masks.REPEAT})
_FORM = re.compile(r"(?<!\\)\{\{([a-z_]+):")
_BACKREFERENCE = re.compile(r"(?<!\\)(?:\\\\)*\\[1-9]")


class Flaw(msgspec.Struct, frozen=True):
    """What is wrong with a pattern."""

    at: str
    """The text in it that is wrong."""
    nth: int
    """Which of the places where that text stands, counted from 0."""
    problem: str


def flaws(text: str, declared: AbstractSet[str], *, of_lines: bool = False) -> Iterator[Flaw]:
    """What is wrong with a pattern.

    Args:
        text: The pattern.
        declared: Names of parameters and captures that may stand in it.
        of_lines: It is an output: lines may be optional and repeated.

    Yields:
        Each flaw, in order.
    """
    seen: dict[str, int] = {}
    for line in text.split("\n") if "{{" in text else ():
        head = walking.parsed(line, declared)
        heads = head.optional + head.repeat if of_lines else 0
        for index, piece in enumerate(piece for piece in masks.pieces(line) if piece.is_name):
            nth = seen[piece.written] = seen.get(piece.written, -1) + 1
            problem = _problem(piece, declared, at_head=index < heads)
            if problem:
                yield Flaw(piece.written, nth, problem)
    forms: dict[str, int] = {}
    for found in _FORM.finditer(text) if "{{" in text else ():
        nth = forms[found[0]] = forms.get(found[0], -1) + 1
        if found[1] not in FORMS:
            yield Flaw(found[0], nth, f"unknown form {found[0]}…}}}}{suggestion(found[1], list(FORMS))}")


def captured_often(text: str, captures: AbstractSet[str]) -> Iterator[Flaw]:
    """Captures that stand where a line may be missing or come again."""
    for line in text.split("\n"):
        head = walking.parsed(line, captures)
        for piece in masks.pieces(line):
            if piece.is_name and piece.text in captures and (head.optional or head.repeat):
                yield Flaw(line, 0, f"{piece.written} is read from a line that may be missing or come again")


def place_in(source: list[str], node: Text, flaw: Flaw) -> Node:
    """Where in the document a flaw stands; the beginning of its text where that can't be told (escapes in quotes).

    Args:
        source: Lines of the document.
        node: The text that holds the pattern.
        flaw: In it.

    Returns:
        A place.
    """
    left, column = flaw.nth, node.column - 1
    last = node.line + node.value.count("\n") + 1
    for number, line in enumerate(source[node.line - 1 : last], node.line):
        at = line.find(flaw.at, column if number == node.line else 0)
        while at >= 0:
            if left == 0:
                return Node(number, at + 1)
            left, at = left - 1, line.find(flaw.at, at + 1)
    return node


def _problem(piece: masks.Piece, declared: AbstractSet[str], *, at_head: bool) -> str | None:
    if piece.argument is not None:
        return _form_problem(piece.text, piece.argument, piece.expression)
    if piece.text in declared or (piece.text in masks.NAMES and (at_head or piece.text not in _OF_LINES)):
        return None
    if piece.text in _OF_LINES:
        return f"{piece.written} stands at the beginning of a line of an expected output"
    return f"unknown name {piece.written}{suggestion(piece.text, [*declared, *masks.NAMES])}"


def _form_problem(form: str, argument: str, expression: str) -> str | None:
    try:
        # Bare first: in the brackets that it is put into, a stray one of its own would pass.
        re.compile(argument if form == masks.REGEX else "")
        compiled = re.compile(expression)
    except re.error as error:
        return f'"{argument}" is no {"regular expression" if form == masks.REGEX else "glob"}: {error}'
    if compiled.groupindex or (form == masks.REGEX and _BACKREFERENCE.search(argument)):
        return f'"{argument}" names a group; a value that later steps use is a capture'
    return None
