"""What a command may be called on this machine, and what a script names as its interpreter."""

import re
from collections.abc import Iterator
from posixpath import basename, join

from replay.repairs import locating, similar
from replay.repairs.proposal import Evidence, Files, Risk

FAMILIES = (
    ("python", "python3"),
    ("pip", "pip3"),
    ("node", "nodejs"),
    ("vi", "vim", "nvim"),
    ("awk", "gawk", "mawk"),
    ("sed", "gsed"),
    ("tar", "gtar", "bsdtar"),
    ("make", "gmake"),
    ("cc", "gcc", "clang"),
    ("c++", "g++", "clang++"),
    ("date", "gdate"),
    ("timeout", "gtimeout"),
    ("sha256sum", "gsha256sum"),
    ("md5sum", "gmd5sum"),
    ("bat", "batcat"),
    ("fd", "fdfind"),
    ("exa", "eza"),
    ("convert", "magick"),
    ("gpg", "gpg2"),
    ("mysql", "mariadb"),
    ("mysqldump", "mariadb-dump"),
    ("7z", "7zz", "7za"),
    ("docker", "podman"),
    ("pytest", "pytest-3", "py.test"),
)
"""Names of one tool, or of tools that read the same arguments."""
OWN_FOLDERS = (".venv/bin", "venv/bin", "env/bin", "node_modules/.bin", "vendor/bin", "bin", "scripts", "tools")
"""Where a project keeps commands of its own."""
VERSION = re.compile(r"[-_.]?v?\d+(?:\.\d+)*$")
EXTENSION = re.compile(r"\.(?:sh|bash|py|rb|pl|js|mjs)$")
SHORTEST, SHORTEST_FOR_TWO = 5, 9
"""Names shorter than these have too many neighbours for one edit, or two."""
SHORTEST_BEGINNING = 3
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
    own = [(path, 0.9, "is the project's own", Risk.LOW) for path in _own(missing, evidence, files)]
    same = [(name, 0.9, "is the same tool here", Risk.LOW) for name in _family(missing, available)]
    versioned = [(name, 0.8, "is a version of it", Risk.LOW) for name in _versions(missing, available)]
    like = [(name, 0.65, "is the like name here", Risk.MEDIUM) for name in _like(missing, available)]
    ours = [
        (name, 0.6, "is the like name among the user's own commands", Risk.MEDIUM)
        for name in _ours(missing, available, files)
    ]
    for kind in (own, same, versioned, like, ours):
        if kind:
            return _spread(kind) if kind in (same, versioned) else kind
    return []


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
    """Executables of that name in the project's own folders."""
    for folder in OWN_FOLDERS:
        path = join(evidence.workspace, folder, missing)
        if files.is_executable(path):
            word = locating.spelt(path, evidence)
            yield word if "/" in word else f"./{word}"
            return


def _family(missing: str, available: list[str]) -> Iterator[str]:
    for family in FAMILIES:
        if missing in family:
            yield from (name for name in family if name in available)


def _versions(missing: str, available: list[str]) -> list[str]:
    """The same name with another version or none: none first, then the newest."""
    base = VERSION.sub("", missing)
    found = [name for name in available if VERSION.sub("", name) == base and base]
    return sorted(found, key=lambda name: (name != base, [-int(part) for part in re.findall(r"\d+", name)]))[:3]


def _like(missing: str, available: list[str]) -> list[str]:
    """Names that differ in separators or extension, else in a letter or two."""
    bare = EXTENSION.sub("", missing)
    same = [name for name in available if similar.plain(EXTENSION.sub("", name)) == similar.plain(bare)]
    if same:
        return same
    allowed = 2 if len(bare) >= SHORTEST_FOR_TWO else 1 if len(bare) >= SHORTEST else 0
    near = {name: similar.distance(bare, EXTENSION.sub("", name)) for name in available}
    least = min(near.values(), default=allowed + 1)
    return [name for name, edits in near.items() if edits == least <= allowed]


def _ours(missing: str, available: list[str], files: Files) -> list[str]:
    """Names that share a word or a beginning, among commands that no system package brought."""
    return [
        name
        for name in available
        if (similar.share_word(missing, name) or _begins(missing, name))
        and not (files.which(name) or "/usr").startswith(SYSTEM)
    ]


def _begins(first: str, second: str) -> bool:
    shorter, longer = sorted((first, second), key=len)
    return len(shorter) >= SHORTEST_BEGINNING and longer.startswith(shorter)


def _spread(kind: list[tuple[str, float, str, Risk]]) -> list[tuple[str, float, str, Risk]]:
    """A kind whose order says which one is better."""
    return [(name, confidence - 0.1 * place, why, risk) for place, (name, confidence, why, risk) in enumerate(kind)]
