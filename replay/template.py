r"""Placeholders in playbooks: found, filled in for the place where they stand, and made out of recorded values.

`{{name}}` stands for a value; a backslash before it (`\{{`) makes it the text `{{`. Anything else in double braces, as
`{{.Names}}`, is plain text.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TypeAlias

import msgspec
from tree_sitter import Node

from capture.errors import BadInputError
from capture.patches import is_patch, lifted
from replay import calls
from replay.quoting import Placing, is_behind_name, places_of, quoted
from replay.syntax import fish
from replay.syntax.literals import words_in
from replay.syntax.tree import WORD_TYPES, Source
from replay.syntax.words import Char, Quote, chars

TOKEN = calls.TOKEN
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


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """A word of a command, or where one holds a value."""

    index: int
    """Which of the command's words, here-documents included; placeholders in it change nothing of that."""
    word: str
    """The whole word, its quotes taken off."""
    before: str
    """The word before it in the same command; `NAME=` for what a variable is set to; empty for a first one."""
    start: int = 0
    """Where in the word the value begins."""
    span: tuple[int, int] = (0, 0)
    """Where the word stands in the command."""

    def around(self, value: str) -> tuple[str, str]:
        """What the word holds before the value and behind it."""
        return self.word[: self.start], self.word[self.start + len(value) :]


Meaning: TypeAlias = Callable[[Place], bool]
"""Whether a value means the same at a place."""


def anywhere(place: Place) -> bool:
    """A value means the same wherever it stands."""
    del place
    return True


def names(text: str) -> frozenset[str]:
    """The names of a text's placeholders."""
    return frozenset(found[1] for found in TOKEN.finditer(text) if found[1]) if "{{" in text else frozenset()


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
    return TOKEN.sub(lambda found: _value(found[1], values) if found[1] else "{{", text) if "{{" in text else text


def escape_command(command: str) -> str:
    """What was recorded as a template that renders to it: a tool's call as a call, anything else as it is."""
    return calls.escape(command) if calls.is_call(command) else escape(command)


def known(text: str, values: Mapping[str, str]) -> str:
    """A text as a person reads it: known values as they are, names without one as they stand.

    Args:
        text: With placeholders.
        values: By name.
    """
    return TOKEN.sub(lambda found: values.get(found[1] or "", found[0]) if found[1] else "{{", text)


def render_shell(text: str, values: Mapping[str, str], shell: str = "bash") -> str:
    """Fill a command in, each value quoted for the place where it stands; a patch as it is.

    Args:
        text: Shell text with placeholders, the patch of a file step, or the call of a tool step.
        values: By name.
        shell: Whose text it is.

    Returns:
        A command in which each value is data, whatever it holds: it is neither split nor expanded nor run.

    Raises:
        BadInputError: A placeholder has no value, or stands where its value can't be written safely.
    """
    found = list(TOKEN.finditer(text)) if "{{" in text else []
    if not found:
        return text
    if is_patch(text):
        return render(text, values)
    if calls.is_call(text):
        return calls.render(text, values)
    covered = _covered(text, found, LETTER)
    spans = tuple(token.span() for token in found)
    places = places_of(covered, spans) if shell != "fish" else ()
    rendered, at = [], 0
    for index, token in enumerate(found):
        before = covered[at : token.start()]
        start, value = token.start(), "{{"
        if token[1] and shell == "fish":
            written = fish.written(_value(token[1], values), covered, *token.span(), behind_name=is_behind_name(before))
            value = _safely(token[1], written, fish.quoting_at(covered, start))
        elif token[1]:
            place = places[index]
            start -= place.dollar
            value = _placed(token[1], _value(token[1], values), place)
        rendered += [text[at:start], value]
        at = token.end()
    return "".join([*rendered, text[at:]])


def words(command: str) -> tuple[Place, ...]:
    """The words of a command, in the order of its syntax tree; none where that can't be read whole, nor of a patch.

    Of a tool's call, the values in its input, each behind the name of its field as if that were set: `count=`.
    """
    if is_patch(command):
        return ()
    if calls.is_call(command):
        return tuple(
            Place(index=index, word=given.text, before=f"{given.key}=")
            for index, given in enumerate(calls.given(command))
        )
    source = _covered_source(command, LETTER)
    if source.root.has_error:
        return ()
    return tuple(
        Place(
            index=index,
            word=_decoded(word),
            before=_before(source, node),
            span=(word[0].start, word[-1].end) if word else (0, 0),
        )
        for index, (node, word) in enumerate(words_in(source))
    )


def lift(command: str, value: str, name: str, means: Meaning = anywhere) -> str:
    """Put a placeholder where a command holds a value, in whatever quoting it stands.

    Args:
        command: Shell text, a patch or a tool's call, which may hold placeholders already; literal braces are escaped.
        value: The literal value.
        name: Of the placeholder.
        means: Whether the value means the same at a place.

    Returns:
        The command; a place where the value is only part of a longer token, or where its quotes change in the
        middle, is left as it is.
    """
    if not _worth_lifting(value) or not _may_hold(command, value):
        return command
    if is_patch(command):
        return lifted(command, lambda line: _lift_line(line, value, name, means))
    if calls.is_call(command):
        return _lift_call(command, value, name, means)
    source = _covered_source(command, OPAQUE)
    if source.root.has_error:
        return lift_text(command, value, name) if means is anywhere else command
    edits: set[tuple[int, int]] = set()
    for index, (node, word) in enumerate(words_in(source)):
        for at, start, end in _places(source.text, word, value):
            place = Place(index=index, word=_decoded(word), before=_before(source, node), start=at)
            edits |= {(start, end)} if means(place) else set()
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
    return _lift_text(text, value, name, lambda _: True)


def _lift_text(text: str, value: str, name: str, means: Callable[[int], bool]) -> str:
    """The same, at those places alone where it means the same."""
    if not _worth_lifting(value):
        return text
    pieces, at = [], 0
    for start in _occurrences(text, value):
        end = start + len(value)
        taken = _is_escaping(text, start, end) or _is_name(text, start, end)
        if start >= at and not taken and means(start):
            pieces += [text[at:start], f"{{{{{name}}}}}"]
            at = end
    return "".join([*pieces, text[at:]])


def _lift_call(command: str, value: str, name: str, means: Meaning) -> str:
    """A tool's call: in its strings at token borders, else only for a whole number, true or false."""

    def place(held: calls.Held, start: int = 0) -> Place:
        return Place(index=held.index, word=held.text, before=f"{held.key}=", start=start)

    def in_string(held: calls.Held) -> str:
        return _lift_text(held.text, value, name, lambda start: means(place(held, start)))

    def whole(held: calls.Held) -> str | None:
        return name if held.text == value and means(place(held)) else None

    return calls.lifted(command, in_string, whole)


def _lift_line(line: str, value: str, name: str, means: Meaning) -> str:
    """A line of a patch: text in which nothing is quoted."""
    place = Place(index=0, word=line, before="", start=max(line.find(value), 0))
    return lift_text(line, value, name) if means(place) else line


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


def _covered_source(command: str, cover: str) -> Source:
    found = list(TOKEN.finditer(command))
    return Source(_covered(command, found, cover), _covered(command, found, LETTER))


def _decoded(word: tuple[Char, ...]) -> str:
    return "".join(char.value or "\0" for char in word)


def _before(source: Source, node: Node) -> str:
    """The word before another one in the same command."""
    parent = node.parent
    if parent is None:
        return ""
    if parent.type == "variable_assignment":
        variable = parent.child_by_field_name("name")
        return f"{source.of(variable)}=" if variable is not None else ""
    previous = node.prev_sibling
    if parent.type != "command" or previous is None:
        return ""
    before = previous.children[0] if previous.type == "command_name" and previous.children else previous
    return _decoded(chars(source, before)) if before.type in WORD_TYPES else ""


def _places(text: str, word: tuple[Char, ...], value: str) -> Iterator[tuple[int, int, int]]:
    """Where a word holds the value and a placeholder may stand for it: there, and from where to where in the source."""
    for at in _occurrences(_decoded(word), value):
        held = word[at : at + len(value)]
        start, end = held[0].start, held[-1].end
        quotes = {Quote.BARE if char.quote is Quote.ESCAPED else char.quote for char in held}
        bare = "".join(char.value or "" for char in held if char.quote is Quote.BARE)
        means_more = bool(MEANS_MORE_BARE & set(bare)) or bare.startswith("~")
        if len(quotes) == 1 and not means_more and text[start - 1 : start] != "\\":
            yield at, start, end


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


def _is_escaping(text: str, start: int, end: int) -> bool:
    """Whether a place stands behind a backslash, or ends with the one that makes braces plain."""
    return text[start - 1 : start] == "\\" or (text[end - 1] == "\\" and text.startswith("{{", end))


def _is_name(text: str, start: int, end: int) -> bool:
    """The value stands as the name of a placeholder."""
    return text[start - 2 : start] == "{{" and text[end : end + 2] == "}}"
