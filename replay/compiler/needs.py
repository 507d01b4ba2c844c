"""What later steps may need of a step: without it they would come out differently."""

import posixpath
import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from typing import TypeAlias

from replay.compiler.draft import Draft, DraftStep, changes
from replay.compiler.tokens import Holders, Token
from replay.matching import printing
from replay.playbook import LinkStrength
from replay.syntax import PathUse
from replay.syntax.vocabulary import named

PLAIN = named("[ : cat cd chmod cp echo export false head ln mkdir mv printf rm rmdir tail test touch true")
"""Commands that do no more than their words and file effects say, and read no file that their words don't name."""
READERS = named("cmp diff grep sed sort uniq wc")
"""Commands that read files which their words name, if only in a script of their own."""
RECURSIVE = frozenset({"-r", "-R", "--recursive", "--dereference-recursive", "--files0-from"})
"""Options with which they read more."""
EDITORS = frozenset({"vim", "vi", "nvim", "nano", "emacs", "micro", "pico"})
"""Full-screen programs that only change files."""
SINKS = frozenset({"/dev/null", "/dev/stdout", "/dev/stderr"})
"""What is written there is nowhere."""
_ATOM = re.compile(r"[A-Za-z]+|[0-9]+")
_ATOM_LENGTH = 7
"""Of a hash people type no fewer characters."""
_Key: TypeAlias = tuple[str, LinkStrength, bool]
"""All of a token that its use depends on: text, strength, whether people shorten it."""


class Uses:
    """Finds later uses of printed values; made once for a draft, it looks at each command once.

    Args:
        draft: Whose steps may use each other's output.
    """

    def __init__(self, draft: Draft) -> None:
        self._draft = draft
        self._holders = Holders()
        self._spans: dict[_Key, tuple[int, list[int]]] = {}
        self._last: dict[_Key, int] = {}
        self._files = {part for seen in draft.trace.workspace_before for part in seen.path.split("/")}
        self._texts = [_typed(step) for step in draft.steps]
        apart = {text: frozenset(_atoms(text)) for text in {*self._texts}}
        self._words = [apart[text] for text in self._texts]
        self._atoms: dict[str, list[int]] = {}
        for at, words in enumerate(self._words):
            for atom in words:
                self._atoms.setdefault(atom, []).append(at)

    def needed(self, at: int, *, strong: bool = False, without: AbstractSet[int] = frozenset()) -> bool:
        """Whether a later command holds something that the step printed first.

        Args:
            at: The step, as an index into the draft's steps.
            strong: Ask for strong tokens alone.
            without: Steps whose commands don't count.
        """
        tokens = self._holders.printed(self._draft.steps[at])
        wanted = (token for token in tokens if not strong or token.strength is LinkStrength.STRONG)
        return any(self._used(at, token, without) for token in wanted)

    def _used(self, at: int, token: Token, without: AbstractSet[int]) -> bool:
        if token.text in self._files:
            return False
        key = token.text, token.strength, token.kind.shortens
        if key not in self._spans:
            self._spans[key] = self._span(token)
        first_typed, holders = self._spans[key]
        if at >= first_typed or not holders or holders[-1] <= at:
            return False
        if without:
            return any(one not in without and self._uses(one, token) for one in holders[bisect_right(holders, at) :])
        if key not in self._last:
            self._last[key] = next((one for one in reversed(holders) if self._uses(one, token)), -1)
        return at < self._last[key]

    def _uses(self, one: int, token: Token) -> bool:
        return bool(self._holders.uses(self._draft.steps[one], token))

    def _span(self, token: Token) -> tuple[int, list[int]]:
        """The first step that was typed with the token, and all that may use it, in order."""
        needle = token.text[:_ATOM_LENGTH] if token.kind.shortens else token.text
        holders = [one for one in self._may_hold(needle) if needle in self._texts[one]]
        steps = self._draft.steps
        return next((one for one in holders if token.text in steps[one].recorded.command), len(steps)), holders

    def _may_hold(self, needle: str) -> list[int]:
        """The steps that hold the first word of the text, and its rarest one."""
        first, *others = list(_atoms(needle)) or [""]
        rows = [self._atoms.get(atom, []) for atom in (first, *others[:-1])]
        return [one for one in min(rows, key=len) if first in self._words[one]]


def _typed(step: DraftStep) -> str:
    return "\n".join([step.recorded.command, *(one.text or "" for one in step.recorded.inputs)])


def _atoms(text: str) -> Iterator[str]:
    return (found[0][:_ATOM_LENGTH] for found in _ATOM.finditer(text))


def names_left(step: DraftStep) -> set[str]:
    """Variables, functions and aliases that the shell has from it, and jobs that go on behind it."""
    found = step.analysis
    left = {*(one.name for one in found.assignments if not one.scope), *found.functions, *found.aliases}
    left |= {*found.variables_set} - {name for name in left if name in found.functions}
    return left | ({"&"} if printing.in_background(found) else set())


def reads_names(step: DraftStep, names: set[str]) -> bool:
    """Whether it uses any of these variables, functions, aliases or jobs, or nobody can tell."""
    if not names:
        return False
    found = step.analysis
    read = {*(use.name for use in found.variables_read), *(use.name or "" for use in found.commands)}
    return not found.ok or bool(found.unknown) or bool(names & read) or "&" in names


def reads_only_named(step: DraftStep, paths: Iterable[str]) -> bool:
    """Whether it runs what reads the files that its words name and no others, and no word holds one of these names."""
    words = [word for use in step.analysis.commands for word in use.words]
    recursive = any(word.value in RECURSIVE or word.value is None for word in words)
    said = {part for word in words for part in re.split(r"[^\w.+-]+", word.value or "")}
    named_here = any(posixpath.basename(path) in said for path in paths)
    return _simple(step, PLAIN | READERS) and not recursive and not named_here


def plain(step: DraftStep) -> bool:
    """Whether its words and its recorded effects are all that there is to it."""
    return _simple(step, PLAIN)


def _simple(step: DraftStep, commands: frozenset[str]) -> bool:
    found, recorded = step.analysis, step.recorded
    said = found.ok and not found.foreign and not found.unknown and bool(found.commands)
    simple = all(use.name in commands and not use.wrappers for use in found.commands)
    return said and simple and recorded.effects_seen and not recorded.inputs and not printing.in_background(found)


def may_touch(step: DraftStep, paths: Iterable[str], workspace: str) -> bool:
    """Whether a step that is plain may have read, changed, entered or stood in one of the paths.

    Args:
        step: What ran.
        paths: Relative to the workspace, or absolute.
        workspace: Absolute.

    Returns:
        True too where only a run can tell.
    """
    wanted = [posixpath.join(workspace, path) for path in paths]
    found = step.analysis
    used: Sequence[PathUse] = (*found.reads, *found.writes, *found.removes, *found.mentions, *found.directories)
    if any(use.path is None or use.word.glob or use.word.tilde or use.word.alternatives for use in used):
        return True
    if len(found.commands) > 1 and found.directories:
        return True
    here = step.recorded.cwd
    named = {posixpath.normpath(posixpath.join(here, use.path or "")) for use in used}
    named |= {posixpath.join(workspace, effect.path) for effect in changes(step.recorded)}
    return any(_within(one, two) or _within(two, one) for one in named for two in wanted) or any(
        _within(place, path) for place in (here, step.recorded.cwd_after) for path in wanted
    )


def _within(path: str, folder: str) -> bool:
    return path == folder or path.startswith(folder.rstrip("/") + "/")
