"""What will surely surprise although nothing need fail: warnings, and locks that may be gone in a moment."""

import os.path
import re
from collections.abc import Iterable
from datetime import date

import msgspec

from replay.conditions.expected import ExpectedWorld
from replay.conditions.findings import Findings
from replay.conditions.index import is_as_committed
from replay.conditions.refs import find_repository, git_needs
from replay.outcome import FailureClass
from replay.playbook import Expectation
from replay.syntax import CommandUse
from replay.syntax.operands import read_arguments
from replay.syntax.tools import Tool
from replay.syntax.wrappers import base_name

DAY = re.compile(r"(?<!\d)(\d{4})([-_/.]?)(\d{2})\2(\d{2})(?!\d)")
"""As 2026-01-05 or 20260105."""
PACKAGE_LOCKS = ("/var/lib/dpkg/lock-frontend", "/var/lib/dpkg/lock")
LISTING = frozenset({"ls-files", "status"})
"""Subcommands of git that print what is staged."""
INSTALLING = frozenset({"install", "remove", "purge", "upgrade", "dist-upgrade", "autoremove"})


class Days(msgspec.Struct, frozen=True, kw_only=True):
    """When a playbook was recorded, and when it is replayed."""

    recorded: date
    today: date


def day_of(run_id: str) -> date | None:
    """The day that a run began, which its id begins with; None for an id of another kind."""
    try:
        return date.fromisoformat(run_id[:8])
    except ValueError:
        return None


def check_dates(text: str, days: Days | None, findings: Findings) -> None:
    """Warn of a command that names the day of its recording, when that is not today.

    Args:
        text: Of the step, its placeholders not filled in: what is one follows by itself.
        days: None: not known.
        findings: Where it is noted.
    """
    if days is None or days.recorded == days.today:
        return
    for found in DAY.finditer(text):
        if f"{found[1]}-{found[3]}-{found[4]}" == days.recorded.isoformat():
            message = f"{found[0]} was the day of the recording, and today is {days.today}"
            findings.warns("date_is_today", found[0], message)


def check_staged(use: CommandUse, cwd: str, expected: Expectation, world: ExpectedWorld, findings: Findings) -> None:
    """Warn of files that are staged now, and that a commit would take along or a listing would show.

    Args:
        use: Any command.
        cwd: Its working directory.
        expected: Of its step: strict stops before a commit that is told whole and holds none of these files.
        world: As it will be; once steps have run, nobody knows any more who staged what.
        findings: Where it is noted.
    """
    needs = git_needs(use)
    if needs is None or needs.verb not in {"commit", *LISTING} or world.acted:
        return
    shown, output, committed = needs.verb in LISTING, expected.output, expected.committed
    if (shown and output is None) or (not shown and not world.state.stages):
        return
    repository = find_repository(world.machine, cwd)
    if repository is None or is_as_committed(world.machine, repository):
        return
    root = os.path.dirname(repository.folder)  # noqa: PTH120 - paths of the shell's world
    for name in world.machine.staged(cwd) or ():
        foreign = world.is_as_today(os.path.join(root, name))  # noqa: PTH118 - as above
        if not foreign or (shown and name in (output or "")):
            continue
        if shown:
            findings.warns("index_clean", name, f"{name} is staged already, and would be listed")
        elif committed is None or any("{{" in told or told.endswith(f" {name}") for told in committed):
            findings.warns("index_clean", name, f"{name} is staged already, and the commit would take it along")
        else:
            message = f"{name} is staged already, and the commit would take it along: strict stops here"
            findings.warns("index_clean", name, message, FailureClass.EFFECTS_CHANGED)


def check_locks(use: CommandUse, world: ExpectedWorld, findings: Findings) -> None:
    """Look whether something holds a lock that a command wants at once: it may be gone by then.

    Args:
        use: Any command.
        world: As it will be.
        findings: Where it is noted.
    """
    for path in _locks(use):
        place = world.absolute(path, use.scope)
        number = world.machine.inode(place) if place is not None and world.is_as_today(place) else None
        if number is not None and number in world.machine.locked():
            findings.unsure("lock_free", path, f"another program holds a lock on {path} now")


def _locks(use: CommandUse) -> Iterable[str]:
    """Files that a command locks, and gives up on when it can't."""
    words = [word.value for word in use.words[1:]]
    match base_name(use.name):
        case "apt" | "apt-get" if INSTALLING & {*words}:
            return PACKAGE_LOCKS
        case "dpkg" if {"-i", "--install", "-r", "--remove", "-P", "--purge"} & {*words}:
            return PACKAGE_LOCKS
        case "sqlite3":
            databases = read_arguments(use.words[1:], Tool(valued="-cmd -separator -nullvalue -init", clusters=False))
            return [word.value for word in databases.operands[:1] if word.value]
        case _:
            return ()


def check_directories(places: Iterable[str], world: ExpectedWorld, findings: Findings) -> None:
    """Warn of directories that a step made when it was recorded, and that are there already.

    Args:
        places: Absolute paths that it made.
        world: As it will be.
        findings: Where it is noted.
    """
    there = [place for place in sorted(places) if world.is_as_today(place) and world.machine.is_dir(place)]
    outermost = [place for place in there if os.path.dirname(place) not in there]  # noqa: PTH120 - as above
    for place in outermost:
        name = os.path.relpath(place, world.workspace)
        findings.warns(
            "not_there_yet", name, f"{name} is there already, with all that is in it; it was new when recorded"
        )
