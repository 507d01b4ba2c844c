"""Edits shell text where a word stands, and nowhere else: placeholders and quoting are kept."""

import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from shlex import quote

from replay.calls import is_call
from replay.syntax import Analysis, CommandUse, Word, analyse

PLACEHOLDER = re.compile(r"(?<!\\)\{\{([a-z_][a-z0-9_]*)\}\}")
HIDDEN = re.compile(r"\ue000{2}([a-z_][a-z0-9_]*)\ue001{2}")
BARE = re.compile(r"(?:~/)?(?:\{\{[a-z_][a-z0-9_]*\}\}|[\w@%+=:,./-])+")
PATTERN = re.compile(r"(?:~/)?(?:\{\{[a-z_][a-z0-9_]*\}\}|[\w@%+=:,./*?-])+")
"""A word with wildcards, which quotes would take away."""
EXPANDS_IN_QUOTES = frozenset('$`"\\!')


@lru_cache(maxsize=256)
def parse(run: str) -> Analysis:
    """The analysis of a template; the offsets are the template's, placeholders read as plain characters.

    Args:
        run: Shell text with placeholders.

    Returns:
        What `analyse` says; pass its strings through `shown`.
    """
    return analyse(run) if is_call(run) else analyse(PLACEHOLDER.sub("\ue000\ue000\\1\ue001\ue001", run))


def placeholder(name: str) -> str:
    """How a template refers to a name."""
    return "{{" + name + "}}"


def shown(text: str) -> str:
    """A string out of `parse` with its placeholders as the template writes them."""
    return HIDDEN.sub(r"{{\1}}", text)


def value(word: Word) -> str | None:
    """What the shell makes of a word, placeholders kept; None when only a run can tell."""
    return None if word.value is None else shown(word.value)


def words(run: str) -> Iterator[Word]:
    """Every word of every command that can be edited where it stands, in the order of the text."""
    seen: set[int] = set()
    for use in parse(run).commands:
        for word in words_of(run, use):
            if word.span.start not in seen:
                seen.add(word.span.start)
                yield word


def words_of(run: str, use: CommandUse) -> tuple[Word, ...]:
    """A command's name and arguments; none where it stands in a string and so can't be edited by itself."""
    stands = all(shown(word.text) == run[word.span.start : word.span.end] for word in use.words)
    return use.words if stands else ()


def name_word(run: str, use: CommandUse) -> Word | None:
    """The word that names the command, behind its wrappers."""
    return next((word for word in words_of(run, use) if use.name is not None and word.value == use.name), None)


def uses(run: str, name: str) -> tuple[CommandUse, ...]:
    """The commands of that name."""
    return tuple(use for use in parse(run).commands if use.name is not None and shown(use.name) == name)


def replaced(run: str, edits: list[tuple[int, int, str]]) -> str:
    """The text with each span (start, end) replaced; spans must not overlap."""
    for start, end, text in sorted(edits, reverse=True):
        run = run[:start] + text + run[end:]
    return run


def with_words(run: str, old: str, new: str, *, tools: frozenset[str] = frozenset()) -> str:
    """The text with a word replaced wherever it stands, in the quoting that it stands in.

    Args:
        run: Shell text with placeholders.
        old: The word's value; an option also matches with a value behind `=`.
        new: What takes its place.
        tools: Names of the commands whose words may change; none: all.

    Returns:
        The new text.
    """
    edits: dict[int, tuple[int, int, str]] = {}
    for use in parse(run).commands:
        for word in words_of(run, use) if not tools or shown(use.name or "") in tools else ():
            text = value(word)
            if text == old or (old.startswith("-") and text and text.startswith(f"{old}=")):
                changed = new + text[len(old) :]
                edits[word.span.start] = (word.span.start, word.span.end, quoted(changed, like=word.text))
    return replaced(run, list(edits.values()))


def with_command(run: str, old: str, new: str) -> str:
    """The text with a command's own word replaced, by one or several plain ones, behind wrappers too."""
    several = new.split()
    return _at_commands(run, old, lambda source: new if len(several) > 1 else quoted(new, like=source))


def with_prefix(run: str, name: str, prefix: str) -> str:
    """The text with something put before a command's own word, as an interpreter is."""
    return _at_commands(run, name, lambda source: f"{prefix} {source}")


def _at_commands(run: str, name: str, source: Callable[[str], str]) -> str:
    """Each place where a command, or a wrapper of one, is named, replaced."""
    edits: dict[int, tuple[int, int, str]] = {}
    for use in parse(run).commands:
        word = name_word(run, use) if shown(use.name or "") == name else None
        before = run[use.span.start : use.words[0].span.start] if name in use.wrappers and use.words else ""
        wrapper = re.search(rf"(?<!\S){re.escape(name)}(?!\S)", before)
        if word is not None:
            edits[word.span.start] = (word.span.start, word.span.end, source(shown(word.text)))
        elif wrapper:
            start, end = (use.span.start + at for at in wrapper.span())
            edits[start] = (start, end, source(name))
    return replaced(run, list(edits.values()))


def quoted(text: str, *, like: str = "") -> str:
    """A value as shell source.

    Args:
        text: The value; its placeholders stay placeholders.
        like: Source of the word that it takes the place of: its quotes are kept where they are safe.

    Returns:
        One shell word.
    """
    if like[:1] == like[-1:] == "'" and "'" not in text:
        return f"'{text}'"
    if like[:1] == like[-1:] == '"' and not EXPANDS_IN_QUOTES & set(text):
        return f'"{text}"'
    if PATTERN.fullmatch(like) and PATTERN.fullmatch(text):
        return text
    return text if BARE.fullmatch(text) else quote(text)
