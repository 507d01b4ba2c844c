"""Which paths are nobody's work: version-control internals, caches, editors' leftovers, and the program's own home."""

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from pathlib import Path

from capture.home import Home

DEFAULT_IGNORES: tuple[str, ...] = (
    ".git",
    ".hg",
    ".svn",
    ".jj",
    "__pycache__",
    "*.py[co]",
    ".mypy_cache",
    ".pytest_cache",
    ".ruff_cache",
    ".hypothesis",
    "**/node_modules/.cache",
    ".eslintcache",
    ".parcel-cache",
    ".gradle",
    "*.sw[opx]",
    "*~",
    ".#*",
    "\\#*#",
    ".DS_Store",
    ".directory",
    ".Trash-*",
    ".fuse_hidden*",
    ".nfs*",
)
"""What is ignored when the user has written no file of their own."""


class Ignore:
    """Tells by gitignore's rules whether a path is to be left alone.

    A pattern with a slash inside is bound to the workspace's root, one without matches a name at any depth; `*`, `?`,
    `[…]` and `**` are known, `!` takes a path back in, and what lies under an ignored directory is ignored too.

    Args:
        patterns: One gitignore line each.
        folders: Absolute folders that are ignored wherever they lie.
    """

    def __init__(self, patterns: Iterable[str] = DEFAULT_IGNORES, *, folders: Sequence[Path] = ()) -> None:
        self.folders: tuple[Path, ...] = tuple(folders)
        """Absolute folders that are ignored wherever they lie."""
        lines = [line for line in map(_clean, patterns) if line]
        self._groups = tuple(
            (not negated, re.compile("|".join(_translate(line.removeprefix("!")) for line in group)))
            for negated, group in groupby(lines, key=lambda line: line.startswith("!"))
        )[::-1]

    def matches(self, relative_path: str, *, directory: bool = False) -> bool:
        """Whether a path is ignored.

        Args:
            relative_path: Relative to the workspace, with forward slashes.
            directory: Whether it is a directory: patterns that end in a slash match nothing else.

        Returns:
            True when the last pattern that matches it, or a directory above it, says so.
        """
        subject = f"{relative_path}/" if directory else relative_path
        return next((ignored for ignored, pattern in self._groups if pattern.fullmatch(subject)), False)


def load_ignore(home: Home) -> Ignore:
    """The user's own patterns, or the defaults.

    Args:
        home: Its `ignore` file holds one pattern a line; lines that start with `#` are comments.

    Returns:
        The patterns, with the home itself among the ignored folders.
    """
    try:
        patterns: Sequence[str] = home.ignore.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        patterns = DEFAULT_IGNORES
    return Ignore(patterns, folders=(home.path,))


def _clean(line: str) -> str:
    stripped = line.strip()
    return "" if stripped.startswith("#") else stripped


def _translate(pattern: str) -> str:
    only_directories = pattern.endswith("/")
    body = pattern.rstrip("/")
    anchored = "/" in body
    expression = "".join(_glob(body.removeprefix("/")))
    head = "" if anchored else "(?:.*/)?"
    tail = "/.*" if only_directories else "(?:/.*)?"
    return f"(?s:{head}{expression}{tail})"


_TOKEN = re.compile(r"\*\*/|/\*\*|\*+|\?|\[[!^]?\]?[^\]]*\]|\\.|.", re.DOTALL)
_WILD = {"**/": "(?:.*/)?", "/**": "/.*", "?": "[^/]"}


def _glob(pattern: str) -> Iterator[str]:
    for token in _TOKEN.findall(pattern):
        if token in _WILD:
            yield _WILD[token]
        elif token.startswith("*"):
            yield "[^/]*"
        elif token.startswith("[") and len(token) > 1:
            yield _character_class(token)
        else:
            yield re.escape(token[1:] if token.startswith("\\") and len(token) > 1 else token)


def _character_class(token: str) -> str:
    negated = token[1] in "!^"
    members = token[2:-1] if negated else token[1:-1]
    escaped = re.sub(r"[\\\[\]^&~|]", r"\\\g<0>", members)
    return f"(?!/)[{'^' if negated else ''}{escaped}]"
