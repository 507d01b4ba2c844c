r"""Placeholders in playbooks: found, filled in for the place where they stand, and made out of recorded values.

`{{name}}` stands for a value; a backslash before it (`\{{`) makes it the text `{{`. Anything else in double braces, as
`{{.Names}}`, is plain text.
"""

import re
from collections.abc import Iterator, Mapping, Sequence

from capture.errors import BadInputError
from replay.quoting import Placing, place_of, quoted
from replay.syntax import fish
from replay.syntax.tree import WORD_TYPES, Source, descend
from replay.syntax.words import Char, Quote, chars, heredoc_chars

TOKEN = re.compile(r"\\\{\{|\{\{([a-z_][a-z0-9_]*)\}\}")
LETTER = "Q"
"""Stands for each character of a placeholder while the shell text is parsed."""
OPAQUE = "\ue000"
"""Stands for each character of a placeholder while values are looked for: no value holds it."""
GLUED_OPTION = re.compile(r"(?:^|\s)-[A-Za-z]{1,2}$")
DASHES_ONLY = re.compile(r"(?:^|[\s=])--?$")
PATH_GOES_ON = frozenset("~+@%-")
_QUOTING = str.maketrans("", "", "\\'\"\n")
"""Takes out of a text what only quotes it."""
MEANS_MORE_BARE = frozenset("*?[]{}")


def names(text: str) -> frozenset[str]:
    """The names of a text's placeholders."""
    return frozenset(found[1] for found in TOKEN.finditer(text) if found[1])


def escape(text: str) -> str:
    """Plain text as a template that renders to it."""
    return text.replace("{{", "\\{{")


def render(text: str, values: Mapping[str, str]) -> str:
    """Fill a text in, as it is.

    Args:
        text: A template.
        values: By name.

    Returns:
        The text, nothing quoted.

    Raises:
        BadInputError: A placeholder has no value.
    """
    return TOKEN.sub(lambda found: _value(found[1], values) if found[1] else "{{", text)


def render_shell(text: str, values: Mapping[str, str], shell: str = "bash") -> str:
    """Fill a shell command in, each value quoted for the place where it stands.

    Args:
        text: Shell text with placeholders.
        values: By name.
        shell: Whose text it is.

    Returns:
        A command in which each value is data, whatever it holds: it is neither split nor expanded nor run.

    Raises:
        BadInputError: A placeholder has no value, or stands where its value can't be written safely.
    """
    found = list(TOKEN.finditer(text))
    if not found:
        return text
    covered = _covered(text, found, LETTER)
    source = Source(covered)
    rendered, at = [], 0
    for token in found:
        start, value = token.start(), "{{"
        if token[1] and shell == "fish":
            written = fish.written(_value(token[1], values), covered, *token.span())
            value = _safely(token[1], written, fish.quoting_at(covered, start))
        elif token[1]:
            place = place_of(source, token.start(), token.end())
            start -= place.dollar
            value = _placed(token[1], _value(token[1], values), place)
        rendered += [text[at:start], value]
        at = token.end()
    return "".join([*rendered, text[at:]])


def lift(command: str, value: str, name: str) -> str:
    """Put a placeholder where a command holds a value, in whatever quoting it stands.

    Args:
        command: Shell text, which may hold placeholders already; literal braces are escaped.
        value: The literal value.
        name: Of the placeholder.

    Returns:
        The command; a place where the value is only part of a longer token, or where its quotes change in the
        middle, is left as it is.
    """
    if not _worth_lifting(value) or not _may_hold(command, value):
        return command
    found = list(TOKEN.finditer(command))
    source = Source(_covered(command, found, OPAQUE), _covered(command, found, LETTER))
    if source.root.has_error:
        return lift_text(command, value, name)
    edits: set[tuple[int, int]] = set()
    for word in _words(source):
        edits.update(_places(source.text, word, value))
    for start, end in sorted(edits, reverse=True):
        command = f"{command[:start]}{{{{{name}}}}}{command[end:]}"
    return command


def lift_text(text: str, value: str, name: str) -> str:
    """Put a placeholder where a text holds a value at token borders.

    Args:
        text: Output, a path: nothing is quoted in it.
        value: The literal value.
        name: Of the placeholder.

    Returns:
        The text.
    """
    if not _worth_lifting(value):
        return text
    pieces, at = [], 0
    for start in _occurrences(text, value):
        end = start + len(value)
        if start >= at and text[start - 1 : start] != "\\" and not _is_name(text, start, end):
            pieces += [text[at:start], f"{{{{{name}}}}}"]
            at = end
    return "".join([*pieces, text[at:]])


def _value(name: str, values: Mapping[str, str]) -> str:
    if name not in values:
        known = ", ".join(sorted(values)) or "none"
        raise BadInputError(f"{{{{{name}}}}} has no value; set it with --set {name}=VALUE (known here: {known})")
    return values[name]


def _placed(name: str, value: str, place: Placing) -> str:
    return _safely(name, quoted(value, place), place.where)


def _safely(name: str, written: str | None, where: str) -> str:
    if written is None:
        raise BadInputError(
            f"the value of {{{{{name}}}}} can't be written safely {where}; "
            "give it one of letters, digits, dots and dashes"
        )
    return written


def _covered(text: str, found: Sequence[re.Match[str]], cover: str) -> str:
    """The same text, as long, with placeholders that no grammar can misread."""
    pieces, at = [], 0
    for token in found:
        pieces += [text[at : token.start()], cover * (token.end() - token.start())]
        at = token.end()
    return "".join([*pieces, text[at:]])


def _worth_lifting(value: str) -> bool:
    return bool(value.strip("/ \t\n")) and "\0" not in value


def _may_hold(command: str, value: str) -> bool:
    """Whether a command can hold a value at all, in whatever quoting: asked before its syntax is read."""
    return "$'" in command or value.translate(_QUOTING) in command.translate(_QUOTING)


def _words(source: Source) -> Iterator[tuple[Char, ...]]:
    """The characters of each word and each here-document."""
    for node in descend(source.root):
        parent = node.parent
        if node.type == "heredoc_body" and parent is not None:
            start = next((child for child in parent.children if child.type == "heredoc_start"), None)
            literal = start is not None and bool(set(source.of(start)) & set("'\"\\"))
            yield heredoc_chars(source, node, literal=literal)
        elif node.type in WORD_TYPES and parent is not None and parent.type not in WORD_TYPES | {"function_definition"}:
            yield chars(source, node)


def _places(text: str, word: tuple[Char, ...], value: str) -> Iterator[tuple[int, int]]:
    """Where in the source a word holds the value and a placeholder may stand for it."""
    decoded = "".join(char.value or "\0" for char in word)
    for at in _occurrences(decoded, value):
        held = word[at : at + len(value)]
        start, end = held[0].start, held[-1].end
        quotes = {Quote.BARE if char.quote is Quote.ESCAPED else char.quote for char in held}
        bare = "".join(char.value or "" for char in held if char.quote is Quote.BARE)
        means_more = bool(MEANS_MORE_BARE & set(bare)) or bare.startswith("~")
        if len(quotes) == 1 and not means_more and text[start - 1 : start] != "\\":
            yield start, end


def _occurrences(text: str, value: str) -> Iterator[int]:
    """Where the value stands at token borders; occurrences don't overlap."""
    at = text.find(value)
    while at >= 0:
        end = at + len(value)
        if _begins(text, at, value) and _ends(text, end, value):
            yield at
            at = text.find(value, end)
        else:
            at = text.find(value, at + 1)


def _begins(text: str, start: int, value: str) -> bool:
    before, line = text[start - 1 : start], text[max(0, start - 80) : start]
    if value.startswith(("/", "~")):
        outside = not (before.isalnum() or before in {"_", ".", "~", "/", "-", "\0", OPAQUE}) or not before
        return outside or line.endswith("://") or GLUED_OPTION.search(line) is not None
    if value[0].isdigit() and before in {".", ","} and text[start - 2 : start - 1].isdigit():
        return False
    return not (_joins(before) and _joins(value[0])) and DASHES_ONLY.search(line) is None


def _ends(text: str, end: int, value: str) -> bool:
    after, beyond = text[end : end + 1], text[end + 1 : end + 2]
    if value.startswith(("/", "~")):
        extension = after == "." and (_joins(beyond) or beyond == ".")
        return not (_joins(after) or after in PATH_GOES_ON or extension) or not after
    if value[-1].isdigit() and after in {".", ","} and beyond.isdigit():
        return False
    return not (_joins(after) and _joins(value[-1]))


def _joins(character: str) -> bool:
    return character.isalnum() or character == "_"


def _is_name(text: str, start: int, end: int) -> bool:
    """The value stands as the name of a placeholder."""
    return text[start - 2 : start] == "{{" and text[end : end + 2] == "}}"
