"""Parts a step that is a list (`a && b`, `a; b`, `a || b`) into its commands, pipelines whole (pure)."""

import re
from collections.abc import Iterator, Sequence
from enum import StrEnum

import msgspec
from tree_sitter import Node

from replay.calls import is_call
from replay.edits import is_patch
from replay.playbook import PlaybookStep
from replay.syntax.tree import Source, descend

_TELLING = re.compile(r"PIPESTATUS|pipestatus|LINENO|BASH_COMMAND|\$_\b|\$\{_\b")
"""What a shell knows of the command before it, besides its exit code: another one within a list than behind it."""


class Joint(StrEnum):
    """When a part runs, by how the one before it ended."""

    ALWAYS = ";"
    IF_GOOD = "&&"
    IF_BAD = "||"


class ListPart(msgspec.Struct, frozen=True):
    """One command of a list."""

    joint: Joint
    """What stands before it."""
    text: str
    """Shell text."""
    guarded: bool
    """Whether `&&` or `||` stands behind it: then `set -e` and a trap on ERR don't mind its failing."""

    def runs_after(self, exit_code: int) -> bool:
        """Whether it runs when the last command that ran ended so."""
        return self.joint is Joint.ALWAYS or (exit_code == 0) is (self.joint is Joint.IF_GOOD)

    @property
    def handed(self) -> str:
        """The text that does the same alone."""
        return f"{{\n{self.text}\n}} && :" if self.guarded else self.text


def parts_of(command: str, shell: str) -> tuple[ListPart, ...]:
    """The commands of a list.

    Args:
        command: Shell text with the values in.
        shell: Whose text it is.

    Returns:
        At least two of them; none where it is no list, or where its parts alone might not do what the whole does.
    """
    if shell == "fish" or is_patch(command) or is_call(command) or _TELLING.search(command):
        return ()
    source = Source(command)
    if source.root.has_error or any(node.type == "&" for node in source.root.children):
        return ()
    statements = [node for node in source.root.named_children if node.type != "comment"]
    parts = [part for node in statements for part in _of_statement(source, node)]
    whole = len(parts) < len(statements) or any(not _stands_alone(part.text) for part in parts)
    return () if whole or len(parts) < 2 else tuple(parts)  # noqa: PLR2004 - one command is no list


def why_whole(step: PlaybookStep, shell: str) -> str:
    """Why a step can't be stepped into; empty where it can."""
    if step.env:
        return "it has variables of its own, so it runs whole"
    if shell == "fish":
        return "a list of fish runs whole"
    return "" if parts_of(step.run, shell) else "it is no list of commands that could run one by one"


def _of_statement(source: Source, node: Node) -> Iterator[ListPart]:
    """A statement's parts: the text between its connectors."""
    joints = list(_joints(node))
    if joints and any(child.type == "heredoc_redirect" for child in descend(node)):
        return
    span = source.span(node)
    edges = [source.span(joint) for joint in joints]
    begins = (span.start, *(edge.end for edge in edges))
    ends = (*(edge.start for edge in edges), span.end)
    kinds = (Joint.ALWAYS, *(Joint(joint.type) for joint in joints))
    for number, (kind, begin, end) in enumerate(zip(kinds, begins, ends, strict=True)):
        yield ListPart(kind, source.text[begin:end].strip(), number < len(joints))


def _joints(node: Node) -> Iterator[Node]:
    """The connectors of a list, in order; a redirection behind its last command is told as one of the whole."""
    if node.type == "redirected_statement" and node.children and node.children[0].type == "list":
        yield from _joints(node.children[0])
    elif node.type == "list":
        for child in node.children:
            if child.type in {"&&", "||"}:
                yield child
            else:
                yield from _joints(child)


def _stands_alone(text: str) -> bool:
    """Whether it is one command again when it is read without the others."""
    root = Source(text).root
    nodes: Sequence[Node] = [node for node in root.named_children if node.type != "comment"]
    return not root.has_error and len(nodes) == 1 and not list(_joints(nodes[0]))
