"""Tells whether two recorded steps could have come in the other order."""

from posixpath import join, normpath

from replay.compiler.draft import DraftStep
from replay.syntax import CommandUse
from replay.syntax.tools import NO_PATHS, TOOLS, Operands
from replay.syntax.wrappers import base_name

_INTERPRETERS = "awk bash dash eval gawk java ksh node perl php pypy3 python python3 ruby sh source sqlite3 zsh ."
_SEARCHERS = "find git make sed tar xargs"
_READ_ANYTHING = frozenset(f"{_INTERPRETERS} {_SEARCHERS}".split())
"""Commands that may open files which no word names."""
_SIMPLE = frozenset(["echo", "printf", "true", "false", ":", "test", "[", "seq", "date", "sleep"])


def independent(one: DraftStep, two: DraftStep) -> bool:
    """Whether neither step can have anything to do with the other: proven, or False.

    Args:
        one: A recorded step.
        two: Another one of the same recording.

    Returns:
        True when all that both run is known to touch what its words name and no more, and no path of one lies at,
        above or below a path that the other changes.
    """
    if not (_is_plain(one) and _is_plain(two)):
        return False
    (read, changed), (other_read, other_changed) = _touched(one), _touched(two)
    return not _meet(changed, other_read | other_changed) and not _meet(other_changed, read)


def _is_plain(step: DraftStep) -> bool:
    """Whether its words tell all that it touches, and it leaves the shell as it was."""
    analysis, recorded = step.analysis, step.recorded
    known = analysis.ok and not analysis.unknown and not analysis.foreign and not analysis.mentions
    settled = recorded.cwd == recorded.cwd_after and not recorded.env_effects.any and recorded.effects_seen
    literal = all(path.path is not None for path in (*analysis.reads, *analysis.writes, *analysis.removes))
    words = all(word.value is not None and not word.glob for use in analysis.commands for word in use.words)
    shell = analysis.assignments or analysis.functions or analysis.aliases or analysis.variables_read
    return known and settled and literal and words and not shell and all(map(_is_known, analysis.commands))


def _is_known(use: CommandUse) -> bool:
    name = base_name(use.name) or ""
    if use.wrappers or name in _READ_ANYTHING:
        return False
    return name in _SIMPLE or (
        name in TOOLS and name not in NO_PATHS and TOOLS[name].operands not in (Operands.NONE, Operands.UNKNOWN)
    )


def _touched(step: DraftStep) -> tuple[set[str], set[str]]:
    """Absolute paths that it reads, and that it changes."""
    analysis, cwd = step.analysis, step.recorded.cwd
    read = {normpath(join(cwd, path.path)) for path in (*analysis.reads, *analysis.directories) if path.path}
    changed = {normpath(join(cwd, path.path)) for path in (*analysis.writes, *analysis.removes) if path.path}
    return read, changed


def _meet(changed: set[str], touched: set[str]) -> bool:
    """Whether a changed path is, or lies above or below, a touched one."""
    return any(f"{one}/".startswith(f"{two}/") or f"{two}/".startswith(f"{one}/") for one in changed for two in touched)
