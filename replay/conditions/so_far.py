"""What the steps before will have changed: what the shell holds, which paths, and what git has been told."""

import re
from dataclasses import dataclass, field

from replay.conditions.foreseen import Foreseen
from replay.conditions.refs import made_by_git
from replay.syntax import CommandUse

STAGING = frozenset({"add", "stage", "rm", "mv"})
"""Subcommands of git."""
MOVING = frozenset({"checkout", "switch", "rebase", "bisect", "init", "clone", "pull", "symbolic-ref", "worktree"})
ALL_OF_THEM = re.compile(r"--all|-[a-z]*[aA][a-z]*")
"""Options of `git add` and `git commit`."""


@dataclass
class State:
    """What earlier steps change; copied before each look ahead."""

    cwds: dict[tuple[int, ...], str | None]
    """Working directory by subshell; None: can't be told."""
    paths: Foreseen = field(default_factory=Foreseen)
    variables: dict[str, str | None] = field(default_factory=dict)
    """None: set, and its value can't be told."""
    written: set[str] = field(default_factory=set)
    """Files of today that earlier steps write and leave their mode."""
    names: set[str] = field(default_factory=set)
    """Functions and aliases."""
    refs: set[str] = field(default_factory=set)
    nounset: bool = False
    unsure_inside: bool = False
    """An earlier step's effects were not recorded."""
    unsure_outside: bool = False
    """An earlier step may have written outside the workspace."""
    unsure_variables: bool = False
    unsure_path: bool = False
    """PATH may hold more than is known."""
    unsure_refs: bool = False
    may_free_ports: bool = False
    git_at_work: bool = False
    """An earlier step runs git: what is checked out may be something else by then."""
    stages: bool = False
    """An earlier step puts files into git's index."""
    stages_all: bool = False
    """All that differ."""
    modes_by_hand: bool = False
    """An earlier step tells git another mode than the file has."""
    moves_head: bool = False
    """An earlier step may check out another branch."""

    def copy(self) -> "State":
        """One that goes its own way from here."""
        # A step is looked at in two copies: `copy.copy` takes five times as long.
        other = object.__new__(State)
        other.__dict__ |= self.__dict__
        other.cwds, other.paths, other.variables = self.cwds.copy(), self.paths.copy(), self.variables.copy()
        other.names, other.refs, other.written = self.names.copy(), self.refs.copy(), self.written.copy()
        return other

    def follow_git(self, use: CommandUse) -> None:
        """Keep what a git command may change, as far as its words tell."""
        refs, unsure = made_by_git(use)
        self.refs |= refs
        self.git_at_work = True
        self.stages = self.stages or any(word.value in STAGING for word in use.words)
        self.stages_all = self.stages_all or takes_all(use)
        self.modes_by_hand = self.modes_by_hand or any("--chmod=" in (word.value or "") for word in use.words)
        self.moves_head = self.moves_head or any(word.value in MOVING for word in use.words)
        self.unsure_refs = self.unsure_refs or unsure


def takes_all(use: CommandUse) -> bool:
    """Whether it is a git command that stages whatever differs, named or not."""
    words = [word.value or "" for word in use.words]
    every = any(map(ALL_OF_THEM.fullmatch, words))
    return ("add" in words and (every or "." in words)) or ("commit" in words and every)
