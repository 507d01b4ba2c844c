"""Patterns of commands, as a person writes them into lists of what may run and what may not (pure)."""

import re
import shlex
from collections.abc import Sequence
from enum import IntEnum
from fnmatch import fnmatchcase

import msgspec

from replay.syntax.tools import TOOLS
from replay.syntax.values import Word
from replay.syntax.wrappers import base_name

ANY = "*"
"""As a whole word at the end: any words, or none."""
VALUED = {"git": "-C -c --git-dir --work-tree --namespace --exec-path", "make": "-C -f -I -j -l -o -W"}
"""Options that take the next word, of tools whose first operand says what they do."""
_SHORT = re.compile(r"-[A-Za-z0-9]")
_BUNDLE = re.compile(r"-[A-Za-z0-9]+")


class Fit(IntEnum):
    """Whether a command is one that a pattern means."""

    NO = 0
    MAYBE = 1
    """Only a run can tell."""
    YES = 2


class Told(msgspec.Struct, frozen=True):
    """One word of a command as far as its text tells."""

    value: str | None
    """None when only a run can tell."""
    one: bool = True
    """It is exactly one word; an unquoted expansion may be none or many."""


class Pattern(msgspec.Struct, frozen=True):
    """A command word, options in any order, and operands in order; `*` and `?` stand for anything in a word."""

    text: str
    """As it was written."""
    name: str
    """The command word."""
    options: tuple[str, ...] = ()
    """Each must be given."""
    operands: tuple[str, ...] = ()
    """The first operands; further ones may follow."""

    @property
    def particular(self) -> bool:
        """Whether it means more than a command word."""
        return bool(self.operands or self.options)

    def may_be(self, words: Sequence[Word], *, more: bool = False) -> Fit:
        """Whether a command is, or may turn out to be, what the pattern means: for what is denied.

        Args:
            words: Its name and arguments.
            more: It gets further operands at run time.

        Returns:
            Where an option may take the next word as its value, both readings count.
        """
        told = told_words(words)
        name = told[0].value if told else None
        if name is None or not (fnmatchcase(name, self.name) or fnmatchcase(name.rsplit("/", 1)[-1], self.name)):
            return Fit.NO
        options, rest = _parted(told[1:])
        loose = more or any(word.value is None and not word.one for word in told)
        for wanted in self.options:
            if not any(_is_option(option, wanted, shortened=True) for option in options):
                if not loose:
                    return Fit.NO
                return min(Fit.MAYBE, _operands_may_be(self.operands, rest, more=loose))
        return _operands_may_be(self.operands, rest, more=more)

    def is_surely(self, words: Sequence[Word]) -> bool:
        """Whether a command is what the pattern means, however it is read: for what is allowed."""
        told = told_words(words)
        name = base_name(told[0].value) if told else None
        if name is None or words[0].glob or not fnmatchcase(name, self.name):
            return False
        options, rest = _parted(told[1:])
        given = all(any(_is_option(option, wanted, shortened=False) for option in options) for wanted in self.options)
        return given and _operands_surely(self.operands, rest, name)


def read_pattern(text: str) -> Pattern | None:
    """A pattern as a person writes it: `git push --force`, `npm run *`, `rm -r`.

    Args:
        text: Shell words.

    Returns:
        None when it has no command word, or its quotes don't match.
    """
    try:
        words = shlex.split(text)
    except ValueError:
        return None
    if not words or words[0].startswith("-"):
        return None
    options = tuple(word for word in words[1:] if word.startswith("-") and word != "-")
    operands = tuple(word for word in words[1:] if not word.startswith("-") or word == "-")
    return Pattern(text, words[0], options, operands)


def told_words(words: Sequence[Word]) -> list[Told]:
    """Words as far as they tell; braces opened."""
    found: list[Told] = []
    for word in words:
        if word.alternatives:
            found += [Told(value) for value in word.alternatives]
        else:
            loose = word.value is None and not all(part.quoted or part.text is not None for part in word.parts)
            found.append(Told(word.value, not loose))
    return found


class _Operand(msgspec.Struct, frozen=True):
    word: Told
    behind: str | None
    """The option right before it, whose value it may be."""


def _parted(words: Sequence[Told]) -> tuple[list[str], list[_Operand]]:
    """Options, and the other words in order."""
    options: list[str] = []
    rest: list[_Operand] = []
    behind: str | None = None
    ended = False
    for word in words:
        value = word.value
        if value == "--" and not ended:
            ended, behind = True, None
        elif not ended and value is not None and value.startswith("-") and value != "-":
            options.append(value)
            behind = None if "=" in value else value
        else:
            rest.append(_Operand(word, behind))
            behind = None
    return options, rest


def _is_option(given: str, wanted: str, *, shortened: bool) -> bool:
    """Whether an option that was given is the one that is wanted; `-rf` holds `-r`, `--force` is given as `--forc`."""
    if fnmatchcase(given, wanted) or fnmatchcase(given.partition("=")[0], wanted):
        return True
    if _SHORT.fullmatch(wanted):
        return _BUNDLE.match(given) is not None and wanted[1] in given[1:]
    name = given.partition("=")[0]
    return shortened and len(name) > len("--") and wanted.startswith(name) and name.startswith("--")


def _operands_may_be(wanted: Sequence[str], rest: Sequence[_Operand], *, more: bool) -> Fit:
    if not wanted or set(wanted) == {ANY}:
        return Fit.YES
    if not rest:
        return Fit.MAYBE if more else Fit.NO
    first = rest[0]
    skipped = _operands_may_be(wanted, rest[1:], more=more) if first.behind is not None else Fit.NO
    if first.word.value is None:
        taken = Fit.MAYBE if not first.word.one else min(Fit.MAYBE, _operands_may_be(wanted[1:], rest[1:], more=more))
    elif fnmatchcase(first.word.value, wanted[0]):
        taken = _operands_may_be(wanted[1:], rest[1:], more=more)
    else:
        taken = Fit.NO
    return max(skipped, taken)


def _operands_surely(wanted: Sequence[str], rest: Sequence[_Operand], tool: str) -> bool:
    if not wanted or set(wanted) == {ANY}:
        return True
    if not rest:
        return False
    first = rest[0]
    value = first.word.value
    fits = value is not None and fnmatchcase(value, wanted[0])
    taken = fits and _operands_surely(wanted[1:], rest[1:], tool)
    if first.behind is None:
        return taken
    skipped = _operands_surely(wanted, rest[1:], tool)
    return skipped if _takes_value(tool, first.behind) else taken and skipped


def _takes_value(tool: str, option: str) -> bool:
    known = TOOLS.get(tool)
    valued = f"{known.valued} {known.reads} {known.writes} {known.enters}" if known else ""
    return option in f"{valued} {VALUED.get(tool, '')}".split()
