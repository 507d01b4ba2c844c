"""Commands that enter a directory first: what they name is meant from there."""

from collections.abc import Mapping
from itertools import pairwise
from posixpath import join, normpath

import msgspec

from replay.syntax.operands import Paths
from replay.syntax.values import CommandUse, PathUse, Word
from replay.syntax.wrappers import base_name

ENTERING: Mapping[str, frozenset[str]] = {
    "git": frozenset({"-C"}),
    "gmake": frozenset({"-C", "--directory"}),
    "go": frozenset({"-C"}),
    "make": frozenset({"-C", "--directory"}),
    "patch": frozenset({"-d", "--directory"}),
}
"""Commands that enter a directory before they look at any other path, with the options that say which."""


def from_inside(use: CommandUse, paths: Paths) -> Paths:
    """The paths of a command that enters a directory first, as they are from outside.

    Args:
        use: The command.
        paths: As they are written.

    Returns:
        Those below a directory that only a run can tell are unknown too.
    """
    options = ENTERING.get(base_name(use.name) or "", frozenset())
    entered = [one for one in paths.directories if _is_given(one.word, use, options)]
    if not entered:
        return paths
    folder = entered[0].path if len(entered) == 1 else None

    def moved(uses: tuple[PathUse, ...]) -> tuple[PathUse, ...]:
        return tuple(one if one in entered else _below_folder(one, folder) for one in uses)

    return msgspec.structs.replace(
        paths,
        reads=moved(paths.reads),
        writes=moved(paths.writes),
        removes=moved(paths.removes),
        mentions=moved(paths.mentions),
        directories=moved(paths.directories),
    )


def _is_given(word: Word, use: CommandUse, options: frozenset[str]) -> bool:
    """Whether it is the value of one of the options, behind it or joined to it."""
    joined = (one for one in use.words if (one.value or "").partition("=")[0] in options)
    return any(one.span.start <= word.span.start and word.span.end <= one.span.end for one in joined) or any(
        option.value in options and after.span == word.span for option, after in pairwise(use.words)
    )


def _below_folder(use: PathUse, folder: str | None) -> PathUse:
    if use.path is None or use.path.startswith(("/", "~")):
        return use
    return msgspec.structs.replace(use, path=None if folder is None else normpath(join(folder, use.path)))
