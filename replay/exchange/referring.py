"""Turns templates into shell text that refers to variables, so that no value is ever spliced into a script."""

import re
from collections.abc import Iterator, Mapping
from shlex import quote

import msgspec

from capture.errors import BadInputError
from replay.matching import masks
from replay.quoting import Placing, Position, places_of
from replay.syntax.tree import Source, descend
from replay.template import LETTER, TOKEN

_WRITTEN: Mapping[Position, str] = {
    Position.BARE: '"${%s}"',
    Position.SINGLE: "'\"${%s}\"'",
    Position.ANSI: "'\"${%s}\"$'",
    Position.DOUBLE: "${%s}",
    Position.STAND_IN: "${%s}",
    Position.HEREDOC: "${%s}",
    Position.LITERAL_HEREDOC: "${%s}",
    Position.ARITHMETIC: "${%s}",
    Position.COMMENT: "%s",
}
"""How a variable is read in each place as one word, neither split nor expanded again."""
_QUOTES = re.compile(r"['\"\\]")


class _Edit(msgspec.Struct, frozen=True):
    """Text that takes the place of what stands from `start` to `end`."""

    start: int
    end: int
    text: str


def referring(run: str, variables: Mapping[str, str]) -> str:
    """A step's command with variables where its placeholders stand.

    Args:
        run: Shell text with placeholders.
        variables: The variable that holds each name's value.

    Returns:
        Text for bash; a here-document with a quoted delimiter that holds a placeholder is written as one that expands.

    Raises:
        BadInputError: A placeholder stands where no variable can be read, or is unknown.
    """
    found = list(TOKEN.finditer(run))
    covered = TOKEN.sub(lambda token: LETTER * len(token[0]), run)
    source = Source(covered)
    edits = [edit for token in found for edit in _token(run, token, source, variables)]
    edits += [edit for token_free in _literal_heredocs(source, found) for edit in token_free]
    for edit in sorted(edits, key=lambda one: one.start, reverse=True):
        run = run[: edit.start] + edit.text + run[edit.end :]
    return run


def text_of(template: str, variables: Mapping[str, str]) -> str:
    """A template that is no command (a path, an output, a value) as one shell word.

    Args:
        template: Text with placeholders.
        variables: What holds each name's value: a variable's name, or an expansion that begins with `$`.

    Returns:
        The word.
    """
    parts = [_read(piece.text, variables) if piece.is_name else quote(piece.text) for piece in masks.pieces(template)]
    return "".join(parts) or "''"


def _read(name: str, variables: Mapping[str, str]) -> str:
    variable = variables[name]
    return f'"{variable}"' if variable.startswith("$") else f'"${{{variable}}}"'


def _token(run: str, token: re.Match[str], source: Source, variables: Mapping[str, str]) -> Iterator[_Edit]:
    if not token[1]:
        yield _Edit(*token.span(), "{{")
        return
    if token[1] not in variables:
        raise BadInputError(f"{{{{{token[1]}}}}} is no parameter and nothing that a step before it captures")
    (place,) = places_of(source.text, (token.span(),))
    written = _WRITTEN.get(place.position)
    if written is None or (place.dollar and place.backticks):
        raise BadInputError(
            f"{{{{{token[1]}}}}} stands {place.where}, where no variable can be read: `{_line(run, token)}`"
        )
    yield _Edit(token.start() - place.dollar, token.end(), _dollar(place) + written % variables[token[1]])


def _dollar(place: Placing) -> str:
    return "\\$" * place.dollar


def _line(run: str, token: re.Match[str]) -> str:
    end = run.find("\n", token.end())
    return run[run.rfind("\n", 0, token.start()) + 1 : end if end >= 0 else len(run)].strip()


def _literal_heredocs(source: Source, found: list[re.Match[str]]) -> Iterator[list[_Edit]]:
    """Make here-documents that hold a placeholder expand, and nothing else in them."""
    for node in descend(source.root):
        parent = node.parent
        if node.type != "heredoc_body" or parent is None:
            continue
        opening = next((child for child in parent.children if child.type == "heredoc_start"), None)
        body = source.span(node)
        held = [token.span() for token in found if body.start <= token.start() < body.end]
        if opening is None or not held or not _QUOTES.search(source.of(opening)):
            continue
        start = source.span(opening)
        free = [at for at in range(body.start, body.end) if source.text[at] in "\\$`"]
        outside = [at for at in free if not any(begin <= at < end for begin, end in held)]
        plain = _Edit(start.start, start.end, _QUOTES.sub("", source.of(opening)))
        yield [plain, *(_Edit(at, at + 1, f"\\{source.text[at]}") for at in outside)]
