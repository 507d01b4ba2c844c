"""Writes a value into shell text so that the shell reads exactly that value, wherever it stands."""

import re
from collections.abc import Callable, Mapping
from enum import StrEnum
from functools import lru_cache

import msgspec
from tree_sitter import Node

from replay.syntax.tree import Source, ancestors
from replay.syntax.vocabulary import KEYWORDS

PLAIN = re.compile(r"[A-Za-z0-9_@%+:./-]+")
NO_APOSTROPHE = re.compile(r"[^']*")
NUMBER_OR_NAME = re.compile(r"[+-]?[A-Za-z0-9_]+")
RESERVED = KEYWORDS | {"[[", "]]", "{", "}", "!"}
NAMED = re.compile(r"(?P<escapes>\\*)\$[^\W\d]\w*$")
GOES_ON = re.compile(r"[\w\[:]")
"""What would belong to `$NAME` before it, in one shell or another."""
STAND_IN = frozenset({":-", "-", ":+", "+", ":=", "=", ":?", "?"})


class Position(StrEnum):
    """What a value stands in; each is written differently."""

    BARE = "outside quotes"
    DOUBLE = "inside double quotes"
    SINGLE = "inside single quotes"
    ANSI = "inside $'…'"
    HEREDOC = "inside a here-document"
    LITERAL_HEREDOC = "inside a here-document with a quoted delimiter"
    STAND_IN = "inside a quoted ${…}"
    ARITHMETIC = "inside arithmetic"
    COMMENT = "inside a comment"
    UNREADABLE = "in shell text whose syntax can't be read whole"
    NAME = "where a name must stand"


CONTEXTS = {
    "raw_string": Position.SINGLE,
    "ansi_c_string": Position.ANSI,
    "string": Position.DOUBLE,
    "arithmetic_expansion": Position.ARITHMETIC,
    "comment": Position.COMMENT,
    "heredoc_start": Position.NAME,
    "ERROR": Position.UNREADABLE,
}
"""The innermost of these around a value decides."""
NAMING = frozenset(
    {"variable_assignment", "expansion", "declaration_command", "unset_command", "for_statement", "function_definition"}
)
AFTER_DOLLAR = frozenset({Position.BARE, Position.DOUBLE, Position.HEREDOC})
FRESH = frozenset({"command_substitution", "process_substitution", "program", "subshell", "compound_statement"})
"""Quoting begins anew in these."""


REWRITTEN: Mapping[Position, Callable[[str], str]] = {
    Position.DOUBLE: lambda value: re.sub(r'([\\$`"])', r"\\\1", value),
    Position.STAND_IN: lambda value: re.sub(r'([\\$`"}])', r"\\\1", value),
    Position.SINGLE: lambda value: value.replace("'", "'\\''"),
    Position.ANSI: lambda value: value.replace("\\", "\\\\").replace("'", "\\'"),
    Position.COMMENT: lambda value: value.replace("\n", " "),
}
"""Where any value can be written."""
ONLY: Mapping[Position, re.Pattern[str]] = {
    Position.ARITHMETIC: NUMBER_OR_NAME,
    Position.STAND_IN: NO_APOSTROPHE,
    Position.UNREADABLE: PLAIN,
    Position.NAME: PLAIN,
}
"""Where only such values can be written."""


PARTED: Mapping[Position, str] = {
    Position.BARE: "''",
    Position.DOUBLE: '""',
    **dict.fromkeys((Position.SINGLE, Position.ANSI, Position.LITERAL_HEREDOC, Position.COMMENT), ""),
}
"""What keeps `$NAME` and a value behind it apart; where nothing does, the value can't be written."""


class Placing(msgspec.Struct, frozen=True, kw_only=True):
    """Where a placeholder stands."""

    position: Position
    """What it stands in."""
    backticks: int = 0
    """Levels of `…` around it."""
    dollar: int = 0
    """1 when a literal `$` stands right before it, which would make the value an expansion; it is written anew."""
    before: str = ""
    """The rest of its line before it (here-documents only)."""
    after: str = ""
    """The rest of its line behind it."""
    delimiter: str = ""
    """The line that ends the here-document."""
    strips_tabs: bool = False
    """The here-document is one of `<<-`."""
    tested: bool = False
    """Inside `[[ … ]]` or `[ … ]`, where a dash begins an operator."""
    command: bool = False
    """The first thing in a command's name."""
    behind_name: bool = False
    """Right behind `$NAME`, which a letter would go on."""

    @property
    def where(self) -> str:
        """For a message."""
        return str(self.position)


@lru_cache(maxsize=4096)
def places_of(text: str, spans: tuple[tuple[int, int], ...]) -> tuple[Placing, ...]:
    """Look up in the syntax tree where placeholders stand.

    Args:
        text: Shell text, with characters in the placeholders' places that the grammar takes for letters.
        spans: Where each begins and ends, in order.

    Returns:
        For each of them, all that decides how its value is written.
    """
    source, floors = Source(text), (0, *(end for _, end in spans))
    return tuple(_place_of(source, start, end, floor) for (start, end), floor in zip(spans, floors, strict=False))


def _place_of(source: Source, start: int, end: int, floor: int) -> Placing:
    chain = list(ancestors(source.at(start)))
    position, decisive = _position(chain, source)
    line_start, line_end = source.text.rfind("\n", 0, start) + 1, source.text.find("\n", end)
    plain = Placing(
        position=position,
        backticks=sum(node.type == "command_substitution" and source.of(node).startswith("`") for node in chain),
        dollar=int(
            position in {Position.BARE, Position.DOUBLE, Position.HEREDOC} and source.text[start - 1 : start] == "$"
        ),
        before=source.text[line_start:start],
        after=source.text[end : line_end if line_end >= 0 else len(source.text)],
        tested=any(node.type == "test_command" for node in chain),
        command=any(node.type == "command_name" and source.span(node).start == start for node in chain),
        behind_name=is_behind_name(source.text[floor:start]),
    )
    redirect = decisive.parent if decisive is not None and decisive.type == "heredoc_body" else None
    if redirect is None:
        return plain
    opening = next(child for child in redirect.children if child.type == "heredoc_start")
    return msgspec.structs.replace(
        plain,
        delimiter=re.sub(r"['\"\\]", "", source.of(opening)),
        strips_tabs=any(child.type == "<<-" for child in redirect.children),
    )


def is_behind_name(before: str) -> bool:
    """Whether a text ends in `$NAME`, so that a letter or a bracket behind it would belong to that.

    Args:
        before: All that stands before a place, up to the last thing that is no text.
    """
    found = NAMED.search(before)
    return found is not None and len(found["escapes"]) % 2 == 0


def quoted(value: str, place: Placing) -> str | None:
    """A value as source text for its place.

    Args:
        value: What the shell must read.
        place: Where.

    Returns:
        None when no source text there means exactly this value.
    """
    if "\0" in value:
        return None
    written = _written(value, place)
    if written is not None and place.behind_name and GOES_ON.match(written):
        written = PARTED[place.position] + written if place.position in PARTED else None
    if written is None:
        return None
    for _ in range(place.backticks):
        written = re.sub(r"([\\`])", r"\\\1", written)
    return "\\$" * place.dollar + written


def _position(chain: list[Node], source: Source) -> tuple[Position, Node | None]:
    """The innermost context that decides, and its node."""
    if chain[-1].has_error and any(node.type == "ERROR" or node.is_missing for node in _all(chain[-1])):
        return Position.UNREADABLE, None
    operator: str | None = None
    for node in chain:
        if node.type == "expansion":
            signs = [child.type for child in node.children if not child.is_named and child.type[0] not in "${}"]
            operator = signs[0] if signs else ""
        position = _decided_by(node, source, operator)
        if position is not None:
            return position, node
    return Position.BARE, None


def _decided_by(node: Node, source: Source, operator: str | None) -> Position | None:
    """What a node makes of all that stands in it; None: its parent decides."""
    named = node.type == "variable_name" and node.parent is not None and node.parent.type in NAMING
    arithmetic = node.type == "subscript" or (node.type == "compound_statement" and source.of(node).startswith("(("))
    position = Position.NAME if named else Position.ARITHMETIC if arithmetic else CONTEXTS.get(node.type)
    if node.type == "heredoc_body":
        return _in_heredoc(node, source, operator)
    if position is Position.DOUBLE and operator is not None:
        return Position.STAND_IN if operator in STAND_IN else Position.NAME
    return Position.BARE if position is None and node.type in FRESH else position


def _all(node: Node) -> list[Node]:
    found = [node]
    for child in node.children:
        if child.has_error or child.is_missing:
            found += _all(child)
    return found


def _in_heredoc(node: Node, source: Source, operator: str | None) -> Position:
    opening = next(
        (child for child in (node.parent.children if node.parent else ()) if child.type == "heredoc_start"), None
    )
    if opening is not None and set(source.of(opening)) & set("'\"\\"):
        return Position.LITERAL_HEREDOC
    return Position.HEREDOC if operator is None else Position.NAME


def _written(value: str, place: Placing) -> str | None:
    position = place.position
    if position is Position.BARE:
        return _bare(value, place)
    if position in {Position.HEREDOC, Position.LITERAL_HEREDOC}:
        return _heredoc(value, place)
    if position in ONLY and not ONLY[position].fullmatch(value):
        return None
    return REWRITTEN.get(position, str)(value)


def _bare(value: str, place: Placing) -> str:
    operator = place.tested and value.startswith("-")
    descriptor = value.isdigit() and place.after.startswith(("<", ">"))
    keyword = place.command and value in RESERVED
    if PLAIN.fullmatch(value) and not (operator or descriptor or keyword):
        return value
    return "'" + value.replace("'", "'\\''") + "'"


def _heredoc(value: str, place: Placing) -> str | None:
    lines = (place.before + value + place.after).split("\n")
    strip = "\t" if place.strips_tabs else ""
    ends_it = any(line.lstrip(strip) == place.delimiter for line in lines) if strip else place.delimiter in lines
    loses_tabs = place.strips_tabs and any(
        line.startswith("\t") and (at or not place.before) for at, line in enumerate(value.split("\n"))
    )
    if ends_it or loses_tabs:
        return None
    return value if place.position is Position.LITERAL_HEREDOC else re.sub(r"([\\$`])", r"\\\1", value)
