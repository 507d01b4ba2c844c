"""What a step was recorded to make and finds there already: what it would write over, or add to."""

import os.path
from collections.abc import Iterable
from collections.abc import Set as AbstractSet

from replay.conditions.expected import ExpectedWorld
from replay.conditions.findings import Findings
from replay.outcome import FailureClass
from replay.syntax import PathUse

ARCHIVERS = frozenset({"tar", "zip"})
"""Tools that keep what an archive holds already when they add to it."""


def check_target(
    path: PathUse, value: str, place: str, created: AbstractSet[str], world: ExpectedWorld, findings: Findings
) -> None:
    """Look at a path that the command names and writes: a file that is there now, and was not when this was recorded.

    Args:
        path: As the command has it.
        value: Its text, values in.
        place: Absolute.
        created: Absolute paths that the step made when it was recorded.
        world: As it will be.
        findings: Where it is noted.
    """
    if place not in created or path.makes or not is_file(place, world):
        return
    if not path.append:
        _warn(value, findings)
    elif path.tool in ARCHIVERS:
        message = f"{value} is there already and would be added to; it was new when recorded"
        findings.fails("not_there_yet", value, FailureClass.ALREADY_EXISTS, message)


def check_others(places: Iterable[str], world: ExpectedWorld, findings: Findings) -> None:
    """The same for files that the command does not name, as in a loop or a folder that is copied into.

    Args:
        places: Absolute, as `standing` found them.
        world: Whose workspace they are told relative to.
        findings: Where it is noted.
    """
    for place in sorted(places):
        _warn(os.path.relpath(place, world.workspace), findings)


def standing(created: Iterable[str], world: ExpectedWorld) -> frozenset[str]:
    """Which of these absolute paths are files now."""
    return frozenset(place for place in created if is_file(place, world))


def is_file(place: str, world: ExpectedWorld) -> bool:
    """Whether a file is there now that no earlier step makes, changes or removes."""
    machine = world.machine
    return world.is_as_today(place) and machine.exists(place) and not machine.is_dir(place)


def _warn(value: str, findings: Findings) -> None:
    findings.warns("overwrites", value, f"{value} is there already and would be overwritten; it was new when recorded")
