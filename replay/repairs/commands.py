"""What a command may be called on this machine, and what a script names as its interpreter."""

import re
from collections.abc import Iterator
from posixpath import basename, dirname, join

from replay import template
from replay.repairs import editing, locating, similar, tables
from replay.repairs.proposal import Evidence, Files, Risk

OWN_FOLDERS = (".venv/bin", "venv/bin", "env/bin", "node_modules/.bin", "vendor/bin", "bin", "scripts", "tools")
"""Where a project keeps commands of its own."""
ENVIRONMENTS = ("VIRTUAL_ENV", "CONDA_PREFIX")
"""Variables that name an environment with commands of its own."""
USUAL = (
    "~/.local/bin",
    "~/bin",
    "~/.cargo/bin",
    "~/go/bin",
    "~/.npm-global/bin",
    "/usr/local/bin",
    "/usr/local/sbin",
    "/usr/sbin",
    "/sbin",
    "/usr/games",
    "/opt/homebrew/bin",
    "/snap/bin",
)
"""Where commands lie that are not on every PATH."""
SHELLS = frozenset({"sh", "bash", "dash", "ksh", "zsh"})
"""Interpreters that take a carriage return for part of the last word."""
VERSION = re.compile(r"[-_.]?v?\d+(?:\.\d+)*$")
EXTENSION = re.compile(r"\.(?:sh|bash|py|rb|pl|js|mjs)$")
SHORTEST, SHORTEST_FOR_TWO = 5, 9
"""Names shorter than these have too many neighbours for one edit, or two."""
SHORTEST_BEGINNING = 3
OTHER_VERSION = 0.45
"""Offered, never chosen: it may read other arguments."""
SYSTEM = ("/usr", "/bin", "/sbin", "/opt", "/snap", "/nix", "/System", "/Library")
"""Where a machine's packages put commands."""


def names(missing: str, evidence: Evidence, files: Files) -> list[tuple[str, float, str, Risk]]:
    """Names that a command may have here.

    Args:
        missing: The name that is not there.
        evidence: The failed step.
        files: The machine.

    Returns:
        Name, confidence, why, and risk; best first, and only of the best kind that there is.
    """
    available = [name for name in files.commands() if name != missing]
    same = [(name, 0.9, "is the same tool here", Risk.LOW) for name in _family(missing, available)]
    like = [(name, 0.65, "is the like name here", Risk.MEDIUM) for name in _like(missing, available, files)]
    ours = [
        (name, 0.6, "is the like name among the user's own commands", Risk.MEDIUM)
        for name in _ours(missing, available, files)
    ]
    kinds = (
        [(path, 0.9, "is the project's own", Risk.LOW) for path in _own(missing, evidence, files)],
        _placed(missing, evidence, files),
        [(name, 0.95, "is the very file that was recorded", Risk.LOW) for name in _identical(missing, evidence, files)],
        _spread(same),
        [(text, 0.8, "says the same", Risk.LOW) for text in _succeeding(missing, files)],
        _versions(missing, available),
        like,
        ours,
    )
    return next((kind for kind in kinds if kind), [])


def shebang(text: str | None) -> tuple[str, ...]:
    """The interpreter that a script names: its command name and arguments, `env` seen through.

    Args:
        text: The script.

    Returns:
        Words; empty when it names none.
    """
    line = (text or "").partition("\n")[0].rstrip("\r")
    words = line[2:].split() if line.startswith("#!") else []
    if words and basename(words[0]) == "env":
        words = [word for word in words[1:] if word not in ("-S", "-i")]
    return (basename(words[0]), *words[1:]) if words else ()


def _own(missing: str, evidence: Evidence, files: Files) -> Iterator[str]:
    """Executables of that name in the project's own folders, those nearest to the step first."""
    here = locating.directory(evidence)
    while locating.inside(here, evidence) is not None or here == evidence.workspace:
        for folder in OWN_FOLDERS:
            path = join(here, folder, missing)
            if files.is_executable(path):
                word = locating.spelt(path, evidence)
                yield word if "/" in word else f"./{word}"
                return
        here = dirname(here)


def recorded_folders(evidence: Evidence) -> list[str]:
    """Where the recording's environments and its PATH had commands, absolute."""
    known = evidence.recorded_environment
    environments = [f"{known[name]}/bin" for name in ENVIRONMENTS if known.get(name)]
    return [folder for folder in (*environments, *known.get("PATH", "").split(":")) if folder.startswith("/")]


def _placed(missing: str, evidence: Evidence, files: Files) -> list[tuple[str, float, str, Risk]]:
    """That very name where the recording's PATH had it, or where commands usually lie."""
    recorded = recorded_folders(evidence)
    usual = [folder.replace("~", evidence.home, 1) for folder in USUAL if evidence.home or folder[0] != "~"]
    for folders, confidence, why in (
        (recorded, 0.9, "is where the recording found it"),
        (usual, 0.8, "is the same name, off PATH"),
    ):
        for folder in folders:
            path = join(folder, missing)
            if files.is_executable(path):
                named = locating.in_document(path, evidence)
                # What a step requires is looked up without a shell: there a tilde is none.
                word = editing.quoted(template.escape(path) if named.startswith("~") else named)
                return [(word, confidence, why, Risk.LOW)]
    return []


def _identical(missing: str, evidence: Evidence, files: Files) -> list[str]:
    """Other names of the very program that was recorded; a program that is many tools goes by its name."""
    tool = evidence.playbook.tools.get(missing)
    found = [name for name in files.same_program(tool.size, tool.sha256) if name != missing] if tool else []
    if len(found) > 1:
        found = [name for name in found if _stem(name) == _stem(missing) or _begins(missing, name)]
    return found


def _family(missing: str, available: list[str]) -> Iterator[str]:
    """The same tool under the names that the tables know, nearest first."""
    for family in tables.families():
        if missing in family:
            yield from (name for name in family if name in available)


def _succeeding(missing: str, files: Files) -> Iterator[str]:
    """How it is written where it is no command of its own."""
    words = tables.successor(missing)
    if words and (words[0] in files.commands() or words[0] == "command"):
        yield " ".join(words)


def _stem(name: str) -> str:
    return VERSION.sub("", name)


def _versions(missing: str, available: list[str]) -> list[tuple[str, float, str, Risk]]:
    """The same name with a version that begins alike, then with none, then with another one; the newest first."""
    found = [name for name in available if _stem(name) == _stem(missing) and _stem(missing)]

    def newest(name: str) -> list[int]:
        return [-int(part) for part in re.findall(r"\d+", name[len(_stem(name)) :])]

    closer = sorted((name for name in found if _is_prefix(name, missing) or _is_prefix(missing, name)), key=newest)
    others = sorted((name for name in found if name not in closer), key=newest)
    agreeing = [name for name in closer if name != _stem(missing)] + [name for name in closer if name == _stem(missing)]
    told = [(name, "is a version of it", Risk.LOW, 0.8 - 0.1 * place) for place, name in enumerate(agreeing[:3])]
    told += [(name, "is another version of it", Risk.MEDIUM, OTHER_VERSION) for name in others[: 3 - len(told)]]
    return [(name, confidence, why, risk) for name, why, risk, confidence in told]


def _is_prefix(shorter: str, longer: str) -> bool:
    """Whether a name's version begins the other one's, as that of `python3` does that of `python3.11`."""
    return longer.startswith(shorter) and (shorter == _stem(longer) or longer[len(shorter)] in ".-_")


def _like(missing: str, available: list[str], files: Files) -> list[str]:
    """Names that differ in separators or extension, else in a letter or two.

    A command that a system package brought has neighbours by chance: it must name the missing one in its version.
    """
    bare = EXTENSION.sub("", missing)
    same = [name for name in available if similar.plain(EXTENSION.sub("", name)) == similar.plain(bare)]
    if same:
        return same
    allowed = 2 if len(bare) >= SHORTEST_FOR_TWO else 1 if len(bare) >= SHORTEST else 0
    near = {name: similar.distance(bare, EXTENSION.sub("", name)) for name in available}
    least = min(near.values(), default=allowed + 1)
    found = [name for name, edits in near.items() if edits == least <= allowed]
    return [name for name in found if _is_ours(name, files) or _names(missing, files.version_of(name))]


def _names(missing: str, version: str | None) -> bool:
    return similar.plain(_stem(missing)) in similar.plain(version or "")


def _ours(missing: str, available: list[str], files: Files) -> list[str]:
    """Names that share a word or a beginning, among commands that no system package brought."""
    return [
        name
        for name in available
        if (similar.share_word(missing, name) or _begins(missing, name)) and _is_ours(name, files)
    ]


def _is_ours(name: str, files: Files) -> bool:
    return not (files.which(name) or "/usr").startswith(SYSTEM)


def _begins(first: str, second: str) -> bool:
    shorter, longer = sorted((first, second), key=len)
    return len(shorter) >= SHORTEST_BEGINNING and longer.startswith(shorter)


def _spread(kind: list[tuple[str, float, str, Risk]]) -> list[tuple[str, float, str, Risk]]:
    """A kind whose order says which one is better."""
    return [(name, confidence - 0.1 * place, why, risk) for place, (name, confidence, why, risk) in enumerate(kind)]
