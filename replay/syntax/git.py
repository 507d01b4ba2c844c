"""What git's subcommands do to paths, as far as their words tell."""

from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise

from replay.syntax.operands import Arguments, Paths, Uses, git_words, read_arguments
from replay.syntax.tools import Tool
from replay.syntax.values import CommandUse, Word
from replay.syntax.words import renamed

GIT = Tool(
    valued="-b -B -c --depth -m --branch --origin -u --template --format --prefix --reference --jobs -j -s --source",
    reads="-F --file -t",
    writes="-o --output --output-directory",
)


def git_paths(use: CommandUse) -> Paths:
    """The paths of a git command.

    Args:
        use: The command.
    """
    uses, rest = Uses(use), git_words(use)
    before = use.words[1 : len(use.words) - len(rest)]
    entered = uses.of([after for option, after in pairwise(before) if option.value == "-C"][:1], directory=True)
    verb = rest[0].value if rest else None
    act = VERBS.get(verb or "")
    found = act(uses, read_arguments(rest[1:], GIT), rest[1:]) if act else Paths()
    return Paths(
        reads=found.reads,
        writes=found.writes,
        removes=found.removes,
        mentions=found.mentions,
        directories=entered,
        unseen=found.unseen,
    )


def _clone(uses: Uses, arguments: Arguments, words: Sequence[Word]) -> Paths:
    del words
    plain = arguments.operands
    if not plain:
        return Paths()
    into = plain[1:2] or [renamed(plain[0], _repository(plain[0].value))]
    remote = plain[:1] if _is_local(plain[0]) else ()
    return Paths(reads=uses.of(remote), writes=uses.of(into, makes=True, directory=True, parents=True))


def _repository(address: str | None) -> str | None:
    """What a clone of it is called."""
    return None if address is None else address.rstrip("/").replace(":", "/").rsplit("/", 1)[-1].removesuffix(".git")


def _move(uses: Uses, arguments: Arguments, words: Sequence[Word]) -> Paths:
    del words
    reads = uses.of(arguments.operands[:-1])
    return Paths(reads=reads, writes=uses.of(arguments.operands[-1:]), removes=reads)


def _apply(uses: Uses, arguments: Arguments, words: Sequence[Word]) -> Paths:
    del words
    looks = arguments.given("--check --stat --numstat --summary")
    return Paths(reads=uses.of(arguments.operands), unseen=not looks)


def _mentions(uses: Uses, arguments: Arguments, words: Sequence[Word]) -> Paths:
    given = any(word.value == "--ignore-unmatch" for word in words)
    return Paths() if given else Paths(mentions=uses.of(arguments.operands))


def _remove(uses: Uses, arguments: Arguments, words: Sequence[Word]) -> Paths:
    del words
    if arguments.given("--cached -n --dry-run"):
        return Paths()
    return Paths(removes=uses.of(arguments.operands, tolerant=True, recursive=arguments.given("-r")))


def _checkout(uses: Uses, arguments: Arguments, words: Sequence[Word]) -> Paths:
    """Only what stands behind `--` is surely a path."""
    del arguments
    values = [word.value for word in words]
    return Paths(writes=uses.of(words[values.index("--") + 1 :])) if "--" in values else Paths()


def _restore(uses: Uses, arguments: Arguments, words: Sequence[Word]) -> Paths:
    del words
    only_index = arguments.given("--staged -S") and not arguments.given("--worktree -W")
    return Paths() if only_index else Paths(writes=uses.of(arguments.operands))


def _init(uses: Uses, arguments: Arguments, words: Sequence[Word]) -> Paths:
    del words
    return Paths(writes=uses.of(arguments.operands[:1], makes=True, tolerant=True, directory=True, parents=True))


def _worktree(uses: Uses, arguments: Arguments, words: Sequence[Word]) -> Paths:
    plain = arguments.operands
    adds = [word.value for word in words][:1] == ["add"]
    return Paths(writes=uses.of(plain[1:2], makes=True, directory=True, parents=True)) if adds else Paths()


def _commit(uses: Uses, arguments: Arguments, words: Sequence[Word]) -> Paths:
    del words
    return Paths(reads=uses.of(arguments.values("-F --file -t")))


def _output(uses: Uses, arguments: Arguments, words: Sequence[Word]) -> Paths:
    del words
    return Paths(writes=uses.of(arguments.values("-o --output --output-directory")))


VERBS: Mapping[str, Callable[[Uses, Arguments, Sequence[Word]], Paths]] = {
    "add": _mentions,
    "am": _apply,
    "apply": _apply,
    "archive": _output,
    "checkout": _checkout,
    "clone": _clone,
    "commit": _commit,
    "diff": _output,
    "format-patch": _output,
    "init": _init,
    "mv": _move,
    "restore": _restore,
    "rm": _remove,
    "tag": _commit,
    "worktree": _worktree,
}
"""By subcommand; what is not here touches no path that its words name."""


def _is_local(word: Word) -> bool:
    return word.value is not None and word.value.startswith(("/", "./", "../", "~"))
