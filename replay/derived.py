"""Which steps may write something that depends on a value which is another one than recorded."""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from posixpath import basename

from replay import template
from replay.calls import is_call
from replay.conditions.telling import TRANSPARENT
from replay.edits import is_patch
from replay.matching.effects import TREE
from replay.playbook import Playbook, PlaybookStep
from replay.syntax import Analysis, CommandUse, PathUse, analyse
from replay.syntax.running import strings_run_by
from replay.syntax.wrappers import base_name

LISTS = frozenset({"ls", "find", "du", "tree", "stat", "wc", "file", "md5sum", "sha256sum", "grep", "rg", "fd"})
"""Commands that tell the names of files, which no word of theirs may hold."""


def derived(playbook: Playbook, moved: AbstractSet[str]) -> frozenset[int]:
    """Find the steps whose files may hold what was made of a moved value, by what their texts use.

    Args:
        playbook: Its steps in order.
        moved: Names of parameters and captures whose values are not the recorded ones.

    Returns:
        Indexes of steps, from 1. Any other step is proved to have nothing to do with these values: it neither names
        them nor reads a file or a variable that a step before it may have made of them.
    """
    trail = _Trail(moved)
    return frozenset(index for index, step in enumerate(playbook.steps, 1) if trail.reaches(step, playbook.shell))


@dataclass
class _Trail:
    """What may hold the values so far."""

    names: AbstractSet[str]
    files: set[str] = field(default_factory=set)
    """Last parts of paths."""
    variables: set[str] = field(default_factory=set)
    outside: bool = False
    """Also outside of the workspace."""
    anywhere: bool = False
    """Also in files that nobody named."""

    def reaches(self, step: PlaybookStep, shell: str) -> bool:
        """Whether a step may use the values; what it leaves behind is remembered."""
        analysis = analyse(step.run, shell)
        used = self._uses(step, analysis)
        if used or any(capture.name in self.names for capture in step.capture):
            self._remember(step, analysis)
        return used

    def _uses(self, step: PlaybookStep, analysis: Analysis) -> bool:
        texts = (step.run, step.cwd or "", *step.env.values(), *(answer.send or "" for answer in step.answers))
        if any(template.names(text) & self.names for text in texts):
            return True
        if is_patch(step.run) or not (self.files or self.variables or self.anywhere or self.outside):
            return False
        return (
            is_call(step.run)
            or _is_opaque(analysis)
            or any(use.name in self.variables for use in analysis.variables_read)
            or any(self._is_held(path) for path in (*analysis.reads, *analysis.mentions))
            or any(base_name(use.name) in LISTS for use in analysis.commands)
        )

    def _is_held(self, use: PathUse) -> bool:
        if self.anywhere or use.path is None or use.word.glob or use.recursive or use.directory:
            return True
        inside = not use.path.startswith(("/", "~", ".."))
        return basename(use.path.rstrip("/")) in self.files or (self.outside and not inside)

    def _remember(self, step: PlaybookStep, analysis: Analysis) -> None:
        effects = step.expect.effects
        written = [path.path for path in analysis.writes] + [effect.path for effect in effects or ()]
        self.files |= {basename(path.rstrip("/")) for path in written if path}
        self.variables |= {*analysis.variables_set}
        untold = effects is None or None in written or any(path.endswith(TREE) for path in written if path)
        self.anywhere = self.anywhere or untold or bool(analysis.functions)
        self.outside = self.outside or _is_opaque(analysis)


def _is_opaque(analysis: Analysis) -> bool:
    """Whether it may read and keep more than its text tells."""
    unread = not analysis.ok or analysis.foreign or bool(analysis.unknown) or bool(analysis.unseen)
    return unread or not all(map(_is_transparent, analysis.commands))


def _is_transparent(use: CommandUse) -> bool:
    return base_name(use.name) in TRANSPARENT and not strings_run_by(use)
