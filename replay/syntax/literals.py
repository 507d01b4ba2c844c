"""Finds the literal text of a command, each piece with its place and its quoting, so that values can be replaced."""

from collections.abc import Iterator
from itertools import groupby
from typing import NamedTuple

from tree_sitter import Node

from replay.syntax.tree import WORD_TYPES, Source, descend
from replay.syntax.values import Span
from replay.syntax.words import Char, Quote, chars, heredoc_chars


class Literal(NamedTuple):
    """A piece of literal text in one quoting."""

    text: str
    """Quotes removed."""
    span: Span
    """Where it stands, its quotes left out."""
    quote: Quote


def words_in(source: Source) -> Iterator[tuple[Node, tuple[Char, ...]]]:
    """Each word and each here-document with its characters, outermost first."""
    for node in descend(source.root):
        parent = node.parent
        if node.type == "heredoc_body" and parent is not None:
            start = next((child for child in parent.children if child.type == "heredoc_start"), None)
            literal = start is not None and bool(set(source.of(start)) & set("'\"\\"))
            yield node, heredoc_chars(source, node, literal=literal)
        elif node.type in WORD_TYPES and parent is not None and parent.type not in WORD_TYPES | {"function_definition"}:
            yield node, chars(source, node)


def literals(source: Source) -> Iterator[Literal]:
    """All literal text of a command.

    Args:
        source: The parsed command.

    Yields:
        One for each stretch of a word that stands in one quoting, expansions left out.
    """
    for _, word in words_in(source):
        for (quote, is_text), piece in groupby(word, key=lambda char: (char.quote, char.value is not None)):
            held = list(piece)
            if is_text:
                text = "".join(char.value or "" for char in held)
                yield Literal(text, Span(start=held[0].start, end=held[-1].end), quote)
