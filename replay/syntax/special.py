"""Commands whose arguments follow rules of their own, and where every command's paths are looked up."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import pairwise

import msgspec

from replay.syntax.entering import from_inside
from replay.syntax.git import git_paths
from replay.syntax.operands import TWO, UNKNOWN, Paths, Uses, by_table, read_arguments
from replay.syntax.referred import with_referred
from replay.syntax.running import TAKES_TEXT
from replay.syntax.sending import SENDING
from replay.syntax.tools import NO_PATHS, TOOLS, Operands, Tool
from replay.syntax.values import CommandUse, Word
from replay.syntax.vocabulary import BUILTINS, SHELLS
from replay.syntax.words import part_of, renamed
from replay.syntax.wrappers import base_name

EDITOR = re.compile(r"(?:^|[\d/;{}$IgpM\s])[wW]\s*\S|(?:^|[;{}\d$])e\b")
"""In a program of sed: it may write a file, or run a command."""
ACTING = re.compile(r"system\s*\(|getline|\||>\s*\"|>>|>\s*[a-z]")
"""In a program of awk: it may write a file, or run a command."""


def paths_of(use: CommandUse) -> Paths:
    """The paths that a command reads, writes, removes or enters.

    Args:
        use: The command.

    Returns:
        Nothing for a command whose name only a run can tell.
    """
    return with_referred(use, from_inside(use, _by_its_rules(use)))


def _by_its_rules(use: CommandUse) -> Paths:
    name = base_name(use.name)
    if name is None:
        return Paths(unseen=True)
    special = SPECIAL.get(name)
    if special:
        return special(use)
    if name in TOOLS:
        return by_table(use, TOOLS[name])
    if name in BUILTINS or name in NO_PATHS:
        return Paths()
    return by_table(use, UNKNOWN)


def _dd(use: CommandUse) -> Paths:
    uses = Uses(use)
    given = [(word, (word.value or "").partition("=")) for word in use.words[1:]]
    return Paths(
        reads=uses.of([part_of(word, len("if=")) for word, (name, _, _) in given if name == "if"]),
        writes=uses.of([part_of(word, len("of=")) for word, (name, _, _) in given if name == "of"]),
    )


def _find(use: CommandUse) -> Paths:
    starts: list[Word] = []
    for word in use.words[1:]:
        if word.value in {"-H", "-L", "-P"}:
            continue
        if word.value is None or word.value.startswith(("-", "(", "!")):
            break
        starts.append(word)
    uses, values = Uses(use), {word.value for word in use.words}
    deletes = "-delete" in values
    behind = list(pairwise(use.words))
    return Paths(
        reads=uses.of([*starts, *(word for option, word in behind if option.value in {"-newer", "-samefile"})]),
        writes=uses.of(
            [word for option, word in behind if option.value in {"-fprint", "-fprint0", "-fls", "-fprintf"}]
        ),
        removes=uses.of(starts, tolerant=True, recursive=True) if deletes else (),
        unseen=not values.isdisjoint({"-exec", "-execdir", "-ok", "-okdir"}),
    )


TAR = Tool(
    valued="-b --exclude --transform --strip-components --owner --group --mtime --sort --mode --format -H -V",
    reads="-T -X --files-from --exclude-from",
    writes="-f --file",
    enters="-C --directory",
)


def _tar(use: CommandUse) -> Paths:
    words = list(use.words[1:])
    first = words[0].value if words else None
    if first and not first.startswith("-"):
        words[0] = msgspec.structs.replace(words[0], value=f"-{first}")
    arguments, uses = read_arguments(words, TAR), Uses(use)
    archives, inside = arguments.values(TAR.writes), arguments.values(TAR.enters)
    entered = uses.of(inside, directory=True)
    lists = uses.of(arguments.values(TAR.reads))
    listed = bool(arguments.values("-T --files-from"))
    if arguments.given("-c --create -r --append -u --update -A"):
        adds = not arguments.given("-c --create")
        members = uses.of(list(_below(arguments.operands, inside)), recursive=True)
        return Paths(
            reads=(*members, *lists),
            writes=uses.of(archives, append=adds),
            removes=members if arguments.given("--remove-files") else (),
            directories=entered,
            unseen=listed,
        )
    unpacks = arguments.given("-x --extract --get") and not arguments.given("-O --to-stdout")
    return Paths(reads=(*uses.of(archives), *lists), directories=entered, unseen=unpacks)


def _below(words: Sequence[Word], inside: Sequence[Word]) -> Iterator[Word]:
    """What tar finds under these names: they are looked up in the directory that it enters."""
    for word in words:
        value = word.value
        if not inside or value is None or value.startswith("/"):
            yield word
        elif len(inside) == 1 and inside[0].value is not None:
            yield renamed(word, f"{inside[0].value.rstrip('/')}/{value}")


SED = Tool(
    operands=Operands.READ_REST,
    valued="-l --line-length",
    reads="-f --file",
    stands_in="-e -f --expression --file",
)


def _sed(use: CommandUse) -> Paths:
    suffixes = [_suffix(word.value or "") for word in use.words[1:]]
    in_place = any(suffix is not None for suffix in suffixes)
    words = [word for word, suffix in zip(use.words[1:], suffixes, strict=True) if suffix is None]
    arguments = read_arguments(words, msgspec.structs.replace(SED, valued=f"{SED.valued} -e --expression"))
    operands = arguments.operands[1:] if in_place and _is_empty(arguments.operands) else arguments.operands
    programs = arguments.values("-e --expression")
    if not arguments.given(SED.stands_in):
        programs, operands = operands[:1], operands[1:]
    uses, kept = Uses(use), next((suffix for suffix in suffixes if suffix), "")
    reads = uses.of(operands)
    backups = [renamed(word, word.value + kept) for word in operands if kept and word.value is not None]
    return Paths(
        reads=(*uses.of(arguments.values(SED.reads)), *reads),
        writes=(*reads, *uses.of(backups)) if in_place else (),
        unseen=any(EDITOR.search(word.value or "e") for word in programs) or arguments.given("-f --file"),
    )


def _is_empty(words: Sequence[Word]) -> bool:
    """BSD's sed wants an empty word where no copy shall be kept."""
    return bool(words) and words[0].value == ""


def _suffix(option: str) -> str | None:
    """What an option of sed to edit in place gives the copies; None when it is another one."""
    found = re.fullmatch(r"-[nrEsuz]*i(.*)|--in-place(?:=(.*))?", option)
    return None if found is None else found[1] or found[2] or ""


def _awk(use: CommandUse) -> Paths:
    tool = Tool(operands=Operands.READ_REST, valued="-F -v", reads="-f", stands_in="-f")
    arguments = read_arguments(use.words[1:], tool)
    program = () if arguments.given("-f") else arguments.operands[:1]
    acts = any(ACTING.search(word.value or "|") for word in program) or arguments.given("-f")
    return msgspec.structs.replace(by_table(use, tool), unseen=acts)


def _perl(use: CommandUse) -> Paths:
    scripted = Tool(operands=Operands.READ_FIRST, valued="-I -M -m", unseen=True)
    inline = Tool(valued="-e -E -I -M -m", in_place="-i", unseen=True)
    given = {letter for word in use.words[1:] if (word.value or "")[:1] == "-" for letter in (word.value or "")[1:]}
    return by_table(use, inline if given & {"e", "E"} else scripted)


def _jq(use: CommandUse) -> Paths:
    words, named, taken = list(use.words[1:]), [], []
    while words:
        word = words.pop(0)
        if word.value in {"--slurpfile", "--rawfile"} and len(words) >= TWO:
            named.append(words[1])
        if word.value in {"--arg", "--argjson", "--slurpfile", "--rawfile"}:
            words = words[TWO:]
        elif word.value in {"--args", "--jsonargs"}:
            words = []
        else:
            taken.append(word)
    tool = Tool(valued="--indent -L", reads="-f --from-file")
    arguments, uses = read_arguments(taken, tool), Uses(use)
    files = arguments.operands if arguments.given(tool.reads) else arguments.operands[1:]
    without = arguments.given("-n --null-input")
    return Paths(reads=(*uses.of(named), *uses.of(arguments.values(tool.reads)), *uses.of(() if without else files)))


def _patch(use: CommandUse) -> Paths:
    tool = Tool(valued="-p -F -D -B -z", reads="-i --input", writes="-o --output", enters="-d --directory")
    arguments, uses = read_arguments(use.words[1:], tool), Uses(use)
    original = uses.of(arguments.operands[:1])
    output = uses.of(arguments.values(tool.writes))
    looks = arguments.given("--dry-run")
    return Paths(
        reads=(*uses.of(arguments.values(tool.reads)), *uses.of(arguments.operands[:2])),
        writes=() if looks else output or original,
        directories=uses.of(arguments.values(tool.enters), directory=True),
        unseen=not (original or output or looks),
    )


def _ssh(use: CommandUse) -> Paths:
    """`-F none` is no file: it reads no settings."""
    paths = by_table(use, TOOLS["ssh"])
    return msgspec.structs.replace(paths, reads=tuple(one for one in paths.reads if one.path != "none"))


def _shell(use: CommandUse) -> Paths:
    """What `-c` runs is read where it can be, and said to be unknown where not."""
    said = any(TAKES_TEXT.fullmatch(word.value or "") for word in use.words[1:])
    return msgspec.structs.replace(by_table(use, TOOLS["sh"]), unseen=not said)


def _flock(use: CommandUse) -> Paths:
    """With `-c`; otherwise it is a wrapper."""
    arguments = read_arguments(use.words[1:], Tool(valued="-w -E -c"))
    return Paths(writes=Uses(use).of(arguments.operands[:1], append=True))


def _shred(use: CommandUse) -> Paths:
    arguments, uses = read_arguments(use.words[1:], Tool(valued="-n -s")), Uses(use)
    if arguments.given("-u --remove"):
        return Paths(removes=uses.of(arguments.operands))
    reads = uses.of(arguments.operands)
    return Paths(reads=reads, writes=reads)


def _zip(use: CommandUse) -> Paths:
    arguments, uses = read_arguments(use.words[1:], Tool(valued="-x -i -b -n -t -P")), Uses(use)
    archive = [_with_ending(word, ".zip") for word in arguments.operands[:1]]
    return Paths(reads=uses.of(arguments.operands[1:], recursive=True), writes=uses.of(archive, append=True))


def _with_ending(word: Word, ending: str) -> Word:
    last = (word.value or ".").rsplit("/", 1)[-1]
    return word if "." in last else renamed(word, f"{word.value}{ending}")


def _unzip(use: CommandUse) -> Paths:
    arguments, uses = read_arguments(use.words[1:], Tool(valued="-x -P", writes="-d")), Uses(use)
    looks = arguments.given("-l -t -v -z -p -c -Z")
    into = uses.of(arguments.values("-d"), makes=True, tolerant=True, directory=True)
    return Paths(reads=uses.of(arguments.operands[:1], suffixes=(".zip",)), writes=into, unseen=not looks)


def _python(use: CommandUse) -> Paths:
    values = [word.value for word in use.words[1:]]
    if values[:2] == ["-m", "venv"]:
        made = [word for word in use.words[3:] if not (word.value or "").startswith("-")]
        return Paths(writes=Uses(use).of(made, makes=True, tolerant=True, directory=True))
    return by_table(use, TOOLS["python3"])


def _npm(use: CommandUse) -> Paths:
    runs = any(word.value in RUNNING for word in use.words[1:])
    return by_table(use, Tool(operands=Operands.NONE, enters="-C --prefix --cwd --dir", unseen=runs))


RUNNING = frozenset({"run", "run-script", "test", "start", "exec", "build", "dev", "t"})
"""Subcommands of npm and its like that run a script of the project."""


def _docker(use: CommandUse) -> Paths:
    plain = [word for word in use.words[1:] if not (word.value or "").startswith("-")]
    verb, rest = (plain[0].value if plain else None), use.words[2:]
    if verb == "cp":
        local = [(at, word) for at, word in enumerate(plain[1:3]) if ":" not in (word.value or ":")]
        uses = Uses(use)
        return Paths(reads=uses.of(_at(local, 0)), writes=uses.of(_at(local, 1)))
    if verb == "build":
        built = read_arguments(rest, Tool(valued="-t --tag --build-arg --target --platform", reads="-f --file"))
        uses, files = Uses(use), built.values("-f --file")
        return Paths(reads=(*uses.of(files), *uses.of(built.operands[:1], directory=True)))
    if verb == "compose":
        return by_table(use, Tool(operands=Operands.NONE, reads="-f --file --env-file", unseen=True))
    return Paths(unseen=verb in {"run", "exec", "start", "save", "load", "import", "export"})


def _at(local: Iterable[tuple[int, Word]], place: int) -> list[Word]:
    return [word for at, word in local if at == place]


def _ssh_keygen(use: CommandUse) -> Paths:
    tool = Tool(operands=Operands.NONE, valued="-t -b -N -C -P -m -O -R -F", reads="-f")
    arguments, uses = read_arguments(use.words[1:], tool), Uses(use)
    files = arguments.values("-f")
    if arguments.given("-l -y -e -B -R -F -p -i -c -H"):
        return Paths(reads=uses.of(files), writes=uses.of(files) if arguments.given("-R -p -c -H") else ())
    pairs = [made for word in files for made in (word, renamed(word, f"{word.value}.pub"))]
    return Paths(writes=uses.of(pairs), unseen=not files)


MAKING = re.compile(r"\b(?:create|attach|vacuum)\b|^\s*\.(?:import|open|read|restore)\b", re.IGNORECASE | re.MULTILINE)
"""In what sqlite3 is told: a database that isn't there may come of it."""


def _sqlite(use: CommandUse) -> Paths:
    paths = by_table(use, TOOLS["sqlite3"])
    database, *told = read_arguments(use.words[1:], TOOLS["sqlite3"]).operands or (None,)
    is_there = told and all(word.value is not None and not MAKING.search(word.value) for word in told)
    if database is None or not is_there:
        return paths
    return msgspec.structs.replace(paths, reads=(*paths.reads, *Uses(use).of([database])))


SPECIAL: Mapping[str, Callable[[CommandUse], Paths]] = {
    **SENDING,
    **dict.fromkeys(SHELLS, _shell),
    "awk": _awk,
    "dd": _dd,
    "docker": _docker,
    "find": _find,
    "flock": _flock,
    "gawk": _awk,
    "git": git_paths,
    "jq": _jq,
    "npm": _npm,
    "patch": _patch,
    "perl": _perl,
    "pnpm": _npm,
    "podman": _docker,
    "python": _python,
    "python3": _python,
    "sed": _sed,
    "shred": _shred,
    "sqlite3": _sqlite,
    "ssh": _ssh,
    "ssh-keygen": _ssh_keygen,
    "tar": _tar,
    "unzip": _unzip,
    "yarn": _npm,
    "zip": _zip,
}
"""By name."""
