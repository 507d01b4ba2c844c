"""Which paths are nobody's work: version-control internals, caches, editors' leftovers, and the program's own home."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
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


@dataclass(frozen=True)
class Rule:
    """One pattern.

    Attributes:
        pattern: As it is written.
        line: In its file, counted from 1.
    """

    pattern: str
    line: int

    @property
    def takes_back(self) -> bool:
        """Whether it says what is not ignored."""
        return self.pattern.startswith("!")

    @cached_property
    def body(self) -> str:
        """The pattern without what stands around it."""
        return self.pattern.removeprefix("!").removesuffix("/")

    @property
    def bound(self) -> bool:
        """Whether it is about a path from the root on, and not about a name at any depth."""
        return "/" in self.body

    @cached_property
    def expression(self) -> str:
        """For a whole name or path, a directory's with a slash behind it."""
        tail = "/" if self.pattern.endswith("/") else "/?"
        return f"(?s:{''.join(_glob(self.body.removeprefix('/')))}{tail})"

    def matches(self, path: str, *, directory: bool) -> bool:
        """Whether it is about this very path."""
        subject = path if self.bound else path.rpartition("/")[2]
        return re.fullmatch(self.expression, f"{subject}/" if directory else subject) is not None


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
        lines = ((number, _clean(line)) for number, line in enumerate(patterns, start=1))
        self.rules: tuple[Rule, ...] = tuple(Rule(line, number) for number, line in lines if line.strip("!/"))
        """In their order: the last one that matches wins."""
        # All patterns of one kind as one expression: a tree of 50,000 entries is held against them.
        self._groups = tuple(
            _group(tuple(rules), ignored=not back) for back, rules in groupby(self.rules, lambda rule: rule.takes_back)
        )[::-1]

    def matches(self, relative_path: str, *, directory: bool = False) -> bool:
        """Whether a path is ignored, by itself or with a directory above it.

        Args:
            relative_path: Relative to the workspace, with forward slashes.
            directory: Whether it is a directory: patterns that end in a slash match nothing else.

        Returns:
            What git would say.
        """
        return any(self.takes(*part) for part in _parts(relative_path, directory=directory))

    def takes(self, path: str, name: str, directory: bool) -> bool:  # noqa: FBT001 - called for each entry of a tree
        """Whether a path is ignored whose directory isn't.

        Args:
            path: Relative to the workspace.
            name: Its last part.
            directory: Whether it is a directory.
        """
        tail = "/" if directory else ""
        for ignored, by_name, by_path in self._groups:
            if (by_name and by_name.fullmatch(name + tail)) or (by_path and by_path.fullmatch(path + tail)):
                return ignored
        return False

    def rule_for(self, relative_path: str, *, directory: bool = False) -> Rule | None:
        """The rule that decides on a path.

        Args:
            relative_path: As in `matches`.
            directory: As in `matches`.

        Returns:
            The one that ignores it, or that takes it back in; None when no rule is about it.
        """
        for path, _, is_directory in _parts(relative_path, directory=directory):
            found = [rule for rule in self.rules if rule.matches(path, directory=is_directory)]
            if found and (path == relative_path or not found[-1].takes_back):
                return found[-1]
        return None


def read_patterns(home: Home) -> tuple[str, ...] | None:
    """The lines of the user's own file; None when they have written none."""
    try:
        return tuple(home.ignore.read_text(encoding="utf-8", errors="surrogateescape").splitlines())
    except OSError:
        return None


def load_ignore(home: Home) -> Ignore:
    """The user's own patterns, or the defaults.

    Args:
        home: Its `ignore` file holds one pattern a line; lines that start with `#` are comments.

    Returns:
        The patterns, with the home itself among the ignored folders.
    """
    patterns = read_patterns(home)
    return Ignore(DEFAULT_IGNORES if patterns is None else patterns, folders=(home.path,))


def file_text(patterns: Iterable[str]) -> str:
    """A file of one's own to begin with.

    Args:
        patterns: What holds so far.

    Returns:
        The patterns, below a word on what they mean.
    """
    return "".join(f"{line}\n" for line in (*_HEAD, "", *patterns))


_HEAD = (
    "# What replaybook does not tell as an effect of a step: one pattern a line, as in a .gitignore file.",
    "# A pattern with a slash inside is bound to the workspace, one without is a name at any depth;",
    "# a slash at its end means directories only, and ! takes back in what an earlier line left out.",
    "# These rules hold in place of the built-in ones, in every workspace; delete the file to have those again.",
    "# `replaybook ignore --check PATH` says which rule takes a path.",
)


def _parts(path: str, *, directory: bool) -> Iterator[tuple[str, str, bool]]:
    """Each directory above a path, outermost first, and the path itself: with its name, and whether it is one."""
    at = path.find("/")
    while at >= 0:
        yield path[:at], path[:at].rpartition("/")[2], True
        at = path.find("/", at + 1)
    yield path, path.rpartition("/")[2], directory


_Group = tuple[bool, re.Pattern[str] | None, re.Pattern[str] | None]


def _group(rules: Sequence[Rule], *, ignored: bool) -> _Group:
    """What rules in a row say, those about names and those about paths."""
    return (
        ignored,
        _one_of(rule for rule in rules if not rule.bound),
        _one_of(rule for rule in rules if rule.bound),
    )


def _one_of(rules: Iterable[Rule]) -> re.Pattern[str] | None:
    expressions = [rule.expression for rule in rules]
    return re.compile("|".join(expressions)) if expressions else None


def _clean(line: str) -> str:
    """A line without the blanks at its end, but for one that a backslash keeps; nothing for a comment."""
    if line.startswith("#"):
        return ""
    bare = line.rstrip(" \t\r\n")
    escaped = (len(bare) - len(bare.rstrip("\\"))) % 2 == 1
    return f"{bare} " if escaped and line != bare else bare


_TOKEN = re.compile(r"\*\*/|/\*\*(?=$)|\*+|\?|\[[!^]?\]?(?:\\.|\[:\w+:\]|[^\]\\])*\]|\\.|.", re.DOTALL)
_CLASSES = {
    "alpha": "a-zA-Z",
    "digit": "0-9",
    "alnum": "a-zA-Z0-9",
    "lower": "a-z",
    "upper": "A-Z",
    "space": r"\s",
    "xdigit": "0-9a-fA-F",
    "punct": r"!-/:-@\[-`{-~",
}


def _glob(pattern: str) -> Iterator[str]:
    before = ""
    for found in _TOKEN.finditer(pattern):
        piece = found.group()
        if piece.startswith("**/"):
            # Only as a whole part of the path does it stand for any number of directories.
            yield "(?:.*/)?" if before in ("", "/") else "[^/]*/"
        elif piece.startswith("/**"):
            yield "/.+"
        elif piece == pattern == "**":
            yield ".+"
        elif piece.startswith("*"):
            # A part of a path is never empty.
            yield "(?=[^/])[^/]*" if before in ("", "/") else "[^/]*"
        elif piece.startswith("?"):
            yield "[^/]"
        elif piece.startswith("[") and len(piece) > 1:
            yield _character_class(piece)
        else:
            yield re.escape(piece[1:] if piece.startswith("\\") and len(piece) > 1 else piece)
        before = piece[-1]


def _character_class(text: str) -> str:
    negated = text[1] in "!^"
    members = text[2:-1] if negated else text[1:-1]
    escaped = "".join(_members(members))
    return f"(?!/)[{'^' if negated else ''}{escaped}]"


def _members(members: str) -> Iterator[str]:
    for part in re.findall(r"\[:\w+:\]|\\.|.", members, re.DOTALL):
        if part.startswith("[:") and part.endswith(":]"):
            yield _CLASSES.get(part[2:-2], "")
        elif part.startswith("\\") and len(part) > 1:
            yield re.escape(part[1:])
        else:
            yield part if part == "-" else re.escape(part)
