"""Applies the tables: which of a command's words are paths, and what becomes of them."""

import re
from collections.abc import Callable, Mapping, Sequence

import msgspec

from replay.syntax.tools import Operands, Tool
from replay.syntax.values import CommandUse, PathUse, Via, Word
from replay.syntax.words import part_of
from replay.syntax.wrappers import base_name

UNKNOWN = Tool(operands=Operands.UNKNOWN, unseen=True)
TWO = 2
STACKED = re.compile(r"-|[-+]\d+")
"""Of `cd` and `pushd`: a directory that was entered before."""
PROCESSES = ("<(", ">(")


class Paths(msgspec.Struct, frozen=True, kw_only=True):
    """The paths of one command."""

    reads: tuple[PathUse, ...] = ()
    writes: tuple[PathUse, ...] = ()
    removes: tuple[PathUse, ...] = ()
    mentions: tuple[PathUse, ...] = ()
    directories: tuple[PathUse, ...] = ()
    unseen: bool = False
    """It does more than its words tell."""


class Arguments(msgspec.Struct, frozen=True, kw_only=True):
    """A command's arguments told apart."""

    operands: tuple[Word, ...]
    """In order."""
    options: tuple[tuple[str, Word | None], ...]
    """Each option with its value, where it takes one."""

    def given(self, names: str) -> bool:
        """Whether one of the options (separated by blanks) is there."""
        wanted = names.split()
        return any(name in wanted for name, _ in self.options)

    def values(self, names: str) -> tuple[Word, ...]:
        """The values of those options."""
        wanted = names.split()
        return tuple(value for name, value in self.options if value is not None and name in wanted)


def read_arguments(words: Sequence[Word], tool: Tool) -> Arguments:
    """Tell options from operands.

    Args:
        words: Behind the command's name.
        tool: Which options take a value.

    Returns:
        Clusters like `-rf` come as single letters.
    """
    valued = frozenset(f"{tool.valued} {tool.reads} {tool.loads} {tool.writes} {tool.enters}".split())
    operands: list[Word] = []
    options: list[tuple[str, Word | None]] = []
    rest = list(words)
    while rest:
        word = rest.pop(0)
        value = word.value
        if value == "--":
            operands += rest
            break
        if value is None or value in {"-", ""} or not value.startswith(("-", "+")) or (value[0] == "+" and not valued):
            operands.append(word)
        elif value.startswith("--"):
            options.append(_long(word, value, valued, rest))
        else:
            options += (_short if tool.clusters else _single)(word, value, valued, rest)
    return Arguments(operands=tuple(operands), options=tuple(options))


def _long(word: Word, value: str, valued: frozenset[str], rest: list[Word]) -> tuple[str, Word | None]:
    name, equals, _ = value.partition("=")
    if equals:
        return name, part_of(word, len(name) + 1)
    return name, rest.pop(0) if name in valued and rest else None


def _short(word: Word, value: str, valued: frozenset[str], rest: list[Word]) -> list[tuple[str, Word | None]]:
    if value in valued:
        return [(value, rest.pop(0) if rest else None)]
    found: list[tuple[str, Word | None]] = []
    for at in range(1, len(value)):
        name = value[0] + value[at]
        if name in valued:
            glued = part_of(word, at + 1) if at + 1 < len(value) else None
            return [*found, (name, glued or (rest.pop(0) if rest else None))]
        found.append((name, None))
    return [*found, (value, None)]


def _single(word: Word, value: str, valued: frozenset[str], rest: list[Word]) -> list[tuple[str, Word | None]]:
    if value in valued:
        return [(value, rest.pop(0) if rest else None)]
    name = value[:TWO]
    return [(name, part_of(word, TWO)) if name in valued else (value, None)]


class Uses:
    """Makes path uses that belong to one command."""

    def __init__(self, use: CommandUse) -> None:
        self.use = use

    def of(self, words: Sequence[Word], **flags: object) -> tuple[PathUse, ...]:
        """One for each path that the words stand for, streams and processes left out."""
        return tuple(
            path_use(self.use, word, value, **flags)
            for word in words
            for value in (word.alternatives or (word.value,))
            if value not in {"-", ""} and not word.text.startswith(PROCESSES)
        )


def path_use(use: CommandUse, word: Word, value: str | None, **flags: object) -> PathUse:
    """A path as an operand of a command.

    Args:
        use: The command.
        word: Where it stands.
        value: The path, None when dynamic.
        flags: Further fields of `PathUse`.
    """
    plain = PathUse(
        path=value,
        text=word.text,
        span=word.span,
        word=word,
        conditional=use.conditional,
        via=Via.OPERAND,
        tool=base_name(use.name),
        order=use.order,
        scope=use.scope,
        runs=use.runs,
    )
    return msgspec.structs.replace(plain, **flags)


def by_table(use: CommandUse, tool: Tool) -> Paths:
    """The paths of a command that a table tells.

    Args:
        use: The command.
        tool: What it does with its words.
    """
    arguments, uses = read_arguments(use.words[1:], tool), Uses(use)
    operands = arguments.operands
    if tool.operands is Operands.READ_REST and not arguments.given(tool.stands_in):
        operands = operands[1:]
    if arguments.given(tool.no_paths):
        operands = ()
    found = BY_OPERANDS[tool.operands](uses, operands, tool, arguments)
    return Paths(
        reads=(*uses.of(arguments.values(tool.reads)), *uses.of(_located(arguments.values(tool.loads))), *found.reads),
        writes=(*uses.of(arguments.values(tool.writes)), *found.writes),
        removes=found.removes,
        mentions=found.mentions,
        directories=(*uses.of(arguments.values(tool.enters), directory=True), *found.directories),
        unseen=tool.unseen,
    )


def _located(words: Sequence[Word]) -> list[Word]:
    """Of names of modules, those that are paths."""
    return [word for word in words if (word.value or "").startswith((".", "/"))]


def _read(uses: Uses, operands: tuple[Word, ...], tool: Tool, arguments: Arguments) -> Paths:
    words = [word for word in operands if not (tool.suffixes == () and _assigns(word, uses.use))]
    recursive = arguments.given("-r -R --recursive")
    reads = uses.of(words, suffixes=tool.suffixes, recursive=recursive)
    if tool.packs or tool.unpacks:
        return _packed(reads, tool, arguments)
    return Paths(reads=reads, writes=uses.of(words) if tool.in_place and arguments.given(tool.in_place) else ())


def _packed(reads: tuple[PathUse, ...], tool: Tool, arguments: Arguments) -> Paths:
    """What gzip and its like leave behind."""
    if arguments.given("-c -t -l --stdout --list --test"):
        return Paths(reads=reads)
    unpacks = tool.unpacks or (tool.packs if arguments.given("-d --decompress") else "")
    writes = tuple(
        msgspec.structs.replace(path, path=path.path.removesuffix(unpacks) if unpacks else path.path + tool.packs)
        for path in reads
        if path.path is not None
    )
    return Paths(reads=reads, writes=writes, removes=() if arguments.given("-k --keep") else reads)


def _assigns(word: Word, use: CommandUse) -> bool:
    """Awk takes `NAME=value` among its files."""
    return base_name(use.name) in {"awk", "gawk"} and "=" in (word.value or "")


def _read_first(uses: Uses, operands: tuple[Word, ...], tool: Tool, arguments: Arguments) -> Paths:
    del arguments
    return Paths(reads=uses.of(operands[:1], suffixes=tool.suffixes), mentions=uses.of(_likely(operands[1:])))


def _read_then_write(uses: Uses, operands: tuple[Word, ...], tool: Tool, arguments: Arguments) -> Paths:
    del tool, arguments
    return Paths(reads=uses.of(operands[:1]), writes=uses.of(operands[1:2]))


def _write_first(uses: Uses, operands: tuple[Word, ...], tool: Tool, arguments: Arguments) -> Paths:
    del tool, arguments
    return Paths(writes=uses.of(operands[:1], append=True))


def _transfer(uses: Uses, operands: tuple[Word, ...], tool: Tool, arguments: Arguments) -> Paths:
    into = arguments.values("-t --target-directory")
    if arguments.given("-d --directory") and tool.tolerant == "-d -D":
        return Paths(writes=uses.of(operands, makes=True, tolerant=True, directory=True))
    if not into and (len(operands) < TWO or uses.use.more_operands):
        return Paths()
    sources, target = (operands, into) if into else (operands[:-1], operands[-1:])
    directory = bool(into) or len(sources) > 1 or (target[0].value or "").endswith("/")
    return Paths(
        reads=uses.of(sources, recursive=arguments.given("-r -R -a --recursive --archive")),
        writes=uses.of(target, directory=directory, tolerant=arguments.given("-n --no-clobber -D")),
    )


def _move(uses: Uses, operands: tuple[Word, ...], tool: Tool, arguments: Arguments) -> Paths:
    found = _transfer(uses, operands, tool, arguments)
    return Paths(reads=found.reads, writes=found.writes, removes=found.reads)


def _link(uses: Uses, operands: tuple[Word, ...], tool: Tool, arguments: Arguments) -> Paths:
    if len(operands) != TWO or arguments.given("-t"):
        return Paths()
    hard = not arguments.given("-s --symbolic")
    return Paths(
        reads=uses.of(operands[:1]) if hard else (),
        writes=uses.of(operands[1:], makes=True, tolerant=arguments.given(tool.tolerant)),
    )


def _write(uses: Uses, operands: tuple[Word, ...], tool: Tool, arguments: Arguments) -> Paths:
    del tool
    keeps = base_name(uses.use.name) == "touch" or arguments.given("-a --append")
    return Paths(writes=uses.of(operands, append=keeps))


def _remove(uses: Uses, operands: tuple[Word, ...], tool: Tool, arguments: Arguments) -> Paths:
    recursive = arguments.given("-r -R --recursive")
    return Paths(removes=uses.of(operands, tolerant=arguments.given(tool.tolerant), recursive=recursive))


def _make(uses: Uses, operands: tuple[Word, ...], tool: Tool, arguments: Arguments) -> Paths:
    tolerant = bool(tool.tolerant) and arguments.given(tool.tolerant)
    return Paths(writes=uses.of(operands, makes=True, tolerant=tolerant, directory=uses.use.name == "mkdir"))


def _enter(uses: Uses, operands: tuple[Word, ...], tool: Tool, arguments: Arguments) -> Paths:
    del tool, arguments
    real = [word for word in operands if not STACKED.fullmatch(word.value or "")]
    return Paths(directories=uses.of(real[:1], directory=True))


def _none(uses: Uses, operands: tuple[Word, ...], tool: Tool, arguments: Arguments) -> Paths:
    del uses, operands, tool, arguments
    return Paths()


def _mention(uses: Uses, operands: tuple[Word, ...], tool: Tool, arguments: Arguments) -> Paths:
    del tool
    values = [value for _, value in arguments.options if value is not None]
    return Paths(mentions=uses.of(_likely([*operands, *values])))


def _likely(words: Sequence[Word]) -> list[Word]:
    return [word for word in words if word.value and "\n" not in word.value and "://" not in word.value]


Reading = Callable[[Uses, tuple[Word, ...], Tool, Arguments], Paths]
BY_OPERANDS: Mapping[Operands, Reading] = {
    Operands.NONE: _none,
    Operands.UNKNOWN: _mention,
    Operands.READ: _read,
    Operands.READ_REST: _read,
    Operands.READ_FIRST: _read_first,
    Operands.READ_THEN_WRITE: _read_then_write,
    Operands.WRITE_FIRST: _write_first,
    Operands.COPY: _transfer,
    Operands.MOVE: _move,
    Operands.LINK: _link,
    Operands.WRITE: _write,
    Operands.REMOVE: _remove,
    Operands.MAKE: _make,
    Operands.ENTER: _enter,
}


def git_words(use: CommandUse) -> tuple[Word, ...]:
    """A git command's subcommand and what follows, global options left out."""
    words, at = use.words[1:], 0
    while at < len(words) and (words[at].value or "x").startswith("-"):
        at += 2 if words[at].value in {"-C", "-c", "--git-dir", "--work-tree"} else 1
    return words[at:]
