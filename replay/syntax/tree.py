"""Parses shell text and speaks of it in characters, where the parser counts bytes."""

import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import accumulate

import tree_sitter_bash
from tree_sitter import Language, Node, Parser

from replay.syntax.values import Span

DEEPEST = 150
"""Nesting beyond which nobody's real command goes; it bounds our recursion."""
WORD_TYPES = frozenset(
    {
        "word",
        "number",
        "concatenation",
        "string",
        "raw_string",
        "ansi_c_string",
        "translated_string",
        "simple_expansion",
        "expansion",
        "command_substitution",
        "process_substitution",
        "arithmetic_expansion",
        "brace_expression",
        "extglob_pattern",
    }
)
EXPANSION_TYPES = frozenset(
    {"simple_expansion", "expansion", "command_substitution", "process_substitution", "arithmetic_expansion"}
)

ASTRAL = re.compile("[\U00010000-\U0010ffff]")
"""The grammar's scanner looks characters up in C's tables of classes, which end long before these, and is killed."""
SIGN = "\N{CURRENCY SIGN}"
"""What the parser reads in their place: one character, within the tables, and as little of a letter or a blank."""


class Source:
    """A parsed command.

    Args:
        text: Shell text.
        parsed: The text as long that is given to the parser, where that must be another one.
    """

    def __init__(self, text: str, parsed: str | None = None) -> None:
        self.text = text
        parsed = ASTRAL.sub(SIGN, text if parsed is None else parsed)
        data = parsed.encode("utf-8", "surrogatepass")
        self._bytes_before = None if len(data) == len(parsed) else _byte_offsets(parsed)
        self._char_at = {} if self._bytes_before is None else {at: i for i, at in enumerate(self._bytes_before)}
        self.root: Node = _parser().parse(data).root_node

    def span(self, node: Node) -> Span:
        """Where a node stands, blanks before it left out."""
        start, end = self._char(node.start_byte), self._char(node.end_byte)
        while start < end and self.text[start] in " \t\n":
            start += 1
        return Span(start=start, end=end)

    def of(self, node: Node) -> str:
        """A node's text."""
        span = self.span(node)
        return self.text[span.start : span.end]

    def byte(self, offset: int) -> int:
        """The parser's offset of a character."""
        return offset if self._bytes_before is None else self._bytes_before[offset]

    def at(self, offset: int) -> Node:
        """The smallest node that holds the character at an offset."""
        start = self.byte(offset)
        return self.root.descendant_for_byte_range(start, start + 1) or self.root

    def _char(self, offset: int) -> int:
        return offset if self._bytes_before is None else self._char_at[offset]


def descend(node: Node, *, into: frozenset[str] | None = None, depth: int = 0) -> Iterator[Node]:
    """A node's descendants, itself left out, outermost first.

    Args:
        node: Where to begin.
        into: Types that are yielded but not entered; None enters all.
        depth: How deep the node itself stands.
    """
    if depth > DEEPEST:
        return
    for child in node.children:
        yield child
        if into is None or child.type not in into:
            yield from descend(child, into=into, depth=depth + 1)


def ancestors(node: Node) -> Iterator[Node]:
    """A node, its parent, and so on to the root."""
    here: Node | None = node
    while here is not None:
        yield here
        here = here.parent


@lru_cache(maxsize=1)
def _parser() -> Parser:
    return Parser(Language(tree_sitter_bash.language()))


def _byte_offsets(text: str) -> list[int]:
    sizes = (len(character.encode("utf-8", "surrogatepass")) for character in text)
    return list(accumulate(sizes, initial=0))
