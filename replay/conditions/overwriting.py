"""What a step was recorded to make and finds there already: what it would write over, or add to."""

import os.path
from collections.abc import Callable, Iterable
from collections.abc import Set as AbstractSet

from replay.conditions.expected import ExpectedWorld
from replay.conditions.findings import Findings
from replay.conditions.refs import git_needs
from replay.outcome import FailureClass
from replay.syntax import CommandUse, PathUse

ARCHIVERS = frozenset({"tar", "zip"})
"""Tools that keep what an archive holds already when they add to it."""
CHECKS_OUT = frozenset({"am", "checkout", "cherry-pick", "merge", "pull", "rebase", "revert", "stash", "switch"})
"""Subcommands of git that write files of a commit into the working tree."""


Known = Callable[[str], bool]
"""Whether what stands at an absolute path comes from the playbook itself."""


class Overwriting:
    """What a step was recorded to make.

    Args:
        created: Absolute paths that it made when it was recorded, and that were not there before.
        world: As it will be.
        known: Told whether what stands there now comes from the playbook itself; anything else stops strict.
        findings: Where it is noted.
    """

    def __init__(self, created: AbstractSet[str], world: ExpectedWorld, known: Known, findings: Findings) -> None:
        self._created, self._world, self._known, self._findings = created, world, known, findings
        self._there = standing(created, world)

    def target(self, path: PathUse, value: str, place: str) -> None:
        """Look at a path that the command names and writes: a file that is there now, and was not when recorded.

        Args:
            path: As the command has it.
            value: Its text, values in.
            place: Absolute.
        """
        if place not in self._created or path.makes or not is_file(place, self._world):
            return
        self._there -= {place}
        if path.append and path.tool in ARCHIVERS:
            message = f"{value} is there already and would be added to; it was new when recorded"
            self._findings.fails("not_there_yet", value, FailureClass.ALREADY_EXISTS, message)
        else:
            self._warn(value, place, "added to" if path.append else "overwritten")

    def others(self, commands: Iterable[CommandUse]) -> None:
        """The same for files that the command does not name, as in a loop or a folder that is copied into.

        Args:
            commands: Those of the step; git refuses by itself to check out over what it doesn't know.
        """
        verbs = {needs.verb for use in commands if (needs := git_needs(use)) is not None}
        kind = FailureClass.GIT_DIRTY if verbs & CHECKS_OUT else FailureClass.ALREADY_EXISTS
        for place in sorted(self._there):
            self._warn(os.path.relpath(place, self._world.workspace), place, "overwritten", kind)

    def _warn(self, value: str, place: str, how: str, kind: FailureClass = FailureClass.ALREADY_EXISTS) -> None:
        message = f"{value} is there already and would be {how}; it was new when recorded"
        if not self._known(place):
            message += ", and what it holds is not from this playbook: strict stops here"
            self._findings.warns("overwrites", value, message, kind)
        elif how == "overwritten":
            self._findings.warns("overwrites", value, message)


def standing(created: Iterable[str], world: ExpectedWorld) -> frozenset[str]:
    """Which of these absolute paths are files now."""
    return frozenset(place for place in created if is_file(place, world))


def is_file(place: str, world: ExpectedWorld) -> bool:
    """Whether a file is there now that no earlier step makes, changes or removes."""
    machine = world.machine
    return world.is_as_today(place) and machine.exists(place) and not machine.is_dir(place)
