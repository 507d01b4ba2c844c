"""Checks what a step says that it needs of the machine: free ports, room on the disk, the state of a repository."""

import re

from replay.conditions.expected import ExpectedWorld
from replay.conditions.findings import Findings
from replay.conditions.refs import find_repository
from replay.conditions.tools import EARLIER, check_port
from replay.outcome import FailureClass
from replay.playbook import Requirement
from replay.syntax.served import port_of

UNITS = {"B": 1, "kB": 1000, "MB": 1000**2, "GB": 1000**3, "TB": 1000**4}
_SIZE = re.compile(r"(\d+(?:\.\d+)?) ?([kMGT]?B)")
MARGIN = 2
"""With less than so many times the room that a step needs, a person should know."""


def bytes_of(size: str) -> int:
    """A size as people write it, in bytes; 0 for a text that is none."""
    found = _SIZE.fullmatch(size)
    return int(float(found[1]) * UNITS[found[2]]) if found else 0


def check_required_port(subject: str, world: ExpectedWorld, findings: Findings) -> None:
    """Check that a port is free.

    Args:
        subject: As `8000` or `127.0.0.1:8000`.
        world: As it will be.
        findings: Where they go.
    """
    port = port_of(subject)
    if port is None:
        findings.unsure("port_free", subject, f"{subject} is no port, so whether it is free can't be told")
    else:
        check_port(*port, world, findings)


def check_disk(size: str, world: ExpectedWorld, findings: Findings) -> None:
    """Check that there is room where the step runs.

    Args:
        size: As `500 MB`.
        world: As it will be.
        findings: Where they go.
    """
    cwd = world.cwd() or world.workspace
    free, needed = world.machine.free_bytes(cwd), bytes_of(size)
    if free is None:
        return
    left = f"{free / UNITS['MB']:.0f} MB are free"
    if free < needed:
        findings.fails("disk_free", size, FailureClass.DISK_FULL, f"the step needs {size}, and {left}")
    elif free < MARGIN * needed:
        findings.warns("disk_free", size, f"the step needs {size}, and {left}: that is little")
    else:
        findings.passes("disk_free", size, f"{size} are free")


def check_repository(need: Requirement, subject: str, world: ExpectedWorld, findings: Findings) -> None:
    """Check the state of a repository, read from its files.

    Args:
        need: With `git`.
        subject: Its directory, values filled in.
        world: As it will be.
        findings: Where they go.
    """
    place = world.absolute(subject)
    if place is None:
        return
    repository = find_repository(world.machine, place)
    settled = not world.state.unsure_refs and not world.state.git_at_work
    if repository is None and settled:
        findings.fails("git_repository", subject, FailureClass.GIT_REMOTE, f"{subject} lies in no git repository")
    elif repository is None:
        findings.unsure("git_repository", subject, f"{subject} lies in no git repository now; {EARLIER}")
    else:
        findings.passes("git_repository", subject, f"{subject} lies in a git repository")
    if need.ref is not None and repository is not None:
        _at_ref(need.ref, repository.head(), settled=settled, findings=findings)
    if need.clean and repository is not None:
        _clean(subject, place, world, findings)


def check_revision(need: Requirement, subject: str, world: ExpectedWorld, findings: Findings) -> None:
    """Check that a name means a commit, and the recorded one.

    Args:
        need: With `revision`.
        subject: The name, values filled in.
        world: As it will be.
        findings: Where they go.
    """
    cwd = world.cwd()
    repository = find_repository(world.machine, cwd) if cwd is not None else None
    if repository is None or subject in world.state.refs:
        return
    if repository.has_ref(subject) is False:
        if not world.state.unsure_refs:
            message = f"there is no branch, tag or commit {subject}"
            findings.fails("git_ref", subject, FailureClass.GIT_REF, message)
    elif need.commit and repository.meant_by(subject) not in {None, need.commit}:
        findings.warns("same_commit", subject, f"{subject} is at another commit than when this was recorded")


def _at_ref(ref: str, head: tuple[str | None, str | None], *, settled: bool, findings: Findings) -> None:
    branch, commit = head
    if not settled:
        findings.unsure("git_head", ref, f"an earlier step may check out something else than {ref}")
    elif ref == branch or (commit is not None and _is_hash(ref) and commit.startswith(ref)):
        findings.passes("git_head", ref, f"{ref} is checked out")
    elif branch is None and commit is None:
        findings.unsure("git_head", ref, "what is checked out can't be read")
    else:
        findings.fails("git_head", ref, FailureClass.GIT_REF, f"{branch or commit} is checked out, and not {ref}")


def _is_hash(text: str) -> bool:
    return re.fullmatch(r"[0-9a-f]{4,64}", text) is not None


def _clean(subject: str, place: str, world: ExpectedWorld, findings: Findings) -> None:
    state = world.state
    clean = world.machine.is_clean(place)
    if state.git_at_work or state.paths or state.unsure_inside:
        findings.unsure("git_clean", subject, f"whether {subject} will hold changes can't be told: {EARLIER}")
    elif clean is None:
        findings.unsure("git_clean", subject, f"git does not tell whether {subject} holds changes")
    elif clean:
        findings.passes("git_clean", subject, f"{subject} holds nothing that is not committed")
    else:
        message = f"{subject} holds changes that are not committed"
        findings.fails("git_clean", subject, FailureClass.GIT_DIRTY, message)
