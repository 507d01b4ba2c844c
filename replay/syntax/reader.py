"""Reads the words of a command: what they are, and the variables and commands inside them."""

import re
from abc import ABC, abstractmethod
from collections.abc import Sequence

import msgspec
from msgspec.structs import replace
from tree_sitter import Node

from replay.syntax.context import Context
from replay.syntax.notes import Notes
from replay.syntax.tree import EXPANSION_TYPES, Source, descend
from replay.syntax.values import Span, VariableUse, Word
from replay.syntax.words import plain_variable, read_word

STAND_IN = frozenset({":-", "-", ":+", "+", ":=", "="})
DEMAND = frozenset({":?", "?"})
CUT = re.compile(r"(?:\\[ \t])+")
"""What stands between two words that are one."""
ASSIGNS = re.compile(r"[-+*/%&|^]?=|<<=|>>=")


class Reader(ABC):
    """Notes what stands in words.

    Args:
        source: The parsed text.
        notes: Where it is noted.
        outer: The span that everything is said to stand at, for text inside a string.
    """

    def __init__(self, source: Source, notes: Notes, outer: Span | None) -> None:
        self.source, self.notes, self.outer = source, notes, outer

    @abstractmethod
    def sequence(self, node: Node, context: Context) -> None:
        """Note the statements in a node, as in a substitution."""

    def span(self, node: Node) -> Span:
        """Where a node stands in the whole text."""
        return self.outer or self.source.span(node)

    def word(self, node: Node) -> Word:
        """A word, at its place in the whole text."""
        found = read_word(self.source, node)
        return msgspec.structs.replace(found, span=self.outer) if self.outer else found

    def words(self, nodes: Sequence[Node]) -> list[Word]:
        """The words; the grammar cuts one in two at an escaped blank behind a quote."""
        words: list[Word] = []
        for child in nodes:
            word, before = self.word(child), words[-1].span.end if words else 0
            if words and not self.outer and CUT.fullmatch(self.source.text, before, word.span.start):
                span = Span(start=words[-1].span.start, end=word.span.end)
                text = self.source.text[span.start : span.end]
                words[-1] = Word(text=text, value=None, span=span)
                self.notes.cannot_tell(f"the word {text} could not be read whole")
            else:
                words.append(word)
        return words

    def arithmetic(self, node: Node, context: Context) -> None:
        """Variables stand without a dollar there; what is added to is read as well."""
        self.expansions(node, context, guarded=True)
        for child in [node, *descend(node, into=EXPANSION_TYPES)]:
            name, parent = self.source.of(child), child.parent
            if child.type not in {"word", "variable_name"} or not name.isidentifier() or parent is None:
                continue
            signs = {sign.type for sign in parent.children if not sign.is_named}
            target = child == parent.children[0] or not signs.isdisjoint({"++", "--"})
            if target and any(sign in {"++", "--"} or ASSIGNS.fullmatch(sign) for sign in signs):
                self.notes.sets(name)
            if not (target and signs == {"="}):
                self.calculates_with(name, self.span(child), context)

    def calculates_with(self, name: str, span: Span, context: Context) -> None:
        """Note a variable that arithmetic reads; unset, it counts as 0."""
        use = VariableUse(
            name=name,
            span=span,
            guarded=True,
            conditional=context.conditional,
            order=self.notes.next_order,
            scope=context.scope,
        )
        self.notes.variables_read.append(use)

    def expansions(self, node: Node, context: Context, *, guarded: bool = False, destructive: bool = False) -> None:
        """Note the variables and the commands inside a word, or any other node."""
        found = [node] if node.type in EXPANSION_TYPES else descend(node, into=EXPANSION_TYPES)
        for child in found:
            if child.type in {"command_substitution", "process_substitution"}:
                inner = context.unheard().within(self.notes.new_scope())
                self.sequence(child, replace(inner, depth=context.depth + 1))
            elif child.type in {"simple_expansion", "expansion", "arithmetic_expansion"}:
                self._expansion(child, context, guarded=guarded, destructive=destructive)

    def _expansion(self, node: Node, context: Context, *, guarded: bool, destructive: bool) -> None:
        operator = next((child.type for child in node.children if child.type in STAND_IN | DEMAND), None)
        names = [child for child in descend(node, into=EXPANSION_TYPES) if child.type == "variable_name"]
        for child in names:
            name = self.source.of(child)
            if name.isdigit():
                continue
            self.notes.variables_read.append(
                VariableUse(
                    name=name,
                    span=self.span(node),
                    guarded=guarded or operator in STAND_IN or node.type == "arithmetic_expansion",
                    required=operator in DEMAND,
                    destructive=destructive,
                    conditional=context.conditional,
                    order=self.notes.next_order,
                    scope=context.scope,
                )
            )
            if operator in {":=", "="}:
                self.notes.sets(name)
        for child in node.children:
            if child.is_named and plain_variable(self.source, node) is None:
                self.expansions(child, context, guarded=guarded, destructive=destructive)
