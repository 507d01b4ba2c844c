"""People at one home, each in a process of its own that may race another, or be killed at any stroke on the disk."""

import contextlib
import os
import signal
import traceback
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from unittest.mock import patch

import msgspec

from app.core import Core
from capture.errors import ReplaybookError
from capture.home import Home
from replay import document
from replay.governance.chain import AuditEntry
from replay.inbox import Decision, repaired
from replay.library import durable
from replay.library.rows import Verdict
from replay.playbook import Playbook, PlaybookStep
from replay.repairs.proposal import PatchEntry, PatchOp, Repair, RepairStatus
from tests.replay.governance.conftest import Found
from tests.replay.library.samples import repair

NAME = "release"
STROKES = ("fsync", "replace", "link", "unlink", "ftruncate", "truncate", "write")


@dataclass(frozen=True)
class Deed:
    """What somebody does."""

    act: Callable[..., object]
    values: tuple[object, ...] = ()

    def __call__(self, core: Core) -> None:
        self.act(core, *self.values)

    def __repr__(self) -> str:
        return f"{self.act.__name__}{self.values}"


def first_version(workspace: Path) -> Playbook:
    """What would show in the workspace if anything of it ran."""
    commands = (f"touch {workspace}/ran-one", f"touch {workspace}/ran-two")
    return Playbook(name=NAME, goal="release", steps=tuple(PlaybookStep(run=one) for one in commands))


def proposed(core: Core, version: int, command: str) -> Repair:
    """Put a proposal for a version into the inbox, as a source would."""
    base, _, row = core._register.load(NAME, version)
    patch = (PatchEntry(op=PatchOp.REPLACE, step_index=1, value=command),)
    made = repair(
        repair_id=core._ids.new(),
        playbook=NAME,
        base_version=version,
        base_digest=row.digest,
        patch=patch,
        diff=document.diff(base, repaired(base, patch)),
        replay_id=None,
    )
    return core._reviews.propose(made)


def again(core: Core, number: int) -> None:
    """What a guided replay does with a proposal that it finds waiting: bring it up to date."""
    found = chosen(core, number)
    if found:
        core._reviews.propose(msgspec.structs.replace(found, rationale="seen again", status=RepairStatus.PROPOSED))


def chosen(core: Core, number: int) -> Repair | None:
    found = core._reviews.all()
    return found[number % len(found)] if found else None


def decided(core: Core, number: int, decision: Decision, edited: str | None = None) -> None:
    found = chosen(core, number)
    if found:
        core.look(found.repair_id)
        core.review(found.repair_id, decision, edited=edited)


def version_of(core: Core, number: int) -> int:
    versions = core._shelf.versions(NAME)
    return versions[number % len(versions)]


def validated(core: Core, number: int, verdict: Verdict) -> None:
    version = version_of(core, number)
    digest = core._register.row(NAME, version).digest
    core._promotions.record_validation(NAME, version, digest=digest, found=Found(verdict=verdict), actor=core.actor)


def promoted(core: Core, number: int, override: str | None) -> None:
    core.promote(f"{NAME}@{version_of(core, number)}", override=override)


def disabled(core: Core, number: int) -> None:
    core.disable(f"{NAME}@{version_of(core, number)}")


def rolled_back(core: Core) -> None:
    core.rollback(NAME)


def offered(core: Core, number: int, command: str) -> None:
    proposed(core, version_of(core, number), command)


def log_of(home: Home) -> list[str]:
    """The decisions, for a failure to be understood."""
    core = Core(home)
    told = [
        f"{one.seq} {one.actor} {one.action} {one.subject} {one.details.get('version', '')}" for one in core.audit()
    ]
    rows = [f"{row.ref} {row.status} {row.digest[:20]} {row.made_from}" for row in core._register.rows(NAME)]
    kept = [f"{one.repair_id} {one.status} of @{one.base_version} made {one.created_version}" for one in core.repairs()]
    return [*told, *rows, *kept]


def by_hand(core: Core, number: int, word: str) -> None:
    """What a person does with an editor: a step's command is another one, or only a comment is."""
    path = core._shelf.path(NAME, version_of(core, number))
    text = path.read_text(encoding="utf-8")
    other = f"# {word}\n{text}" if word.startswith("comment") else text.replace("ran-two", word)
    path.write_text(other, encoding="utf-8")


def alone(home: Home, actor: str, act: Deed, *, dies_at: int | None = None) -> int:
    """Do something in a process of its own.

    Args:
        home: Whose.
        actor: Who does it.
        act: What.
        dies_at: The stroke on the disk, counted from 1, before which it is killed; None: it lives.

    Returns:
        The process; `ended` waits for it.
    """
    pid = os.fork()
    if pid:
        return pid
    code = 1
    try:
        with dying_at(dies_at):
            core = Core(home, actor=actor)
            with contextlib.suppress(ReplaybookError):
                act(core)
            core.close()
        code = 0
    except BaseException:  # noqa: BLE001 - told, and by the exit code
        traceback.print_exc()
    finally:
        os._exit(code)


def ended(pids: Sequence[int]) -> list[int]:
    """Wait; their exit codes, negative for a signal."""
    return [os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) for pid in pids]


@contextlib.contextmanager
def dying_at(stroke: int | None) -> Iterator[None]:
    """Be killed before a stroke on the disk."""
    left = stroke or 0

    def counted(real: Callable[..., object]) -> Callable[..., object]:
        def do(*args: object, **kwargs: object) -> object:
            nonlocal left
            left -= 1
            if left == 0:
                os.kill(os.getpid(), signal.SIGKILL)
            return real(*args, **kwargs)

        return do

    with contextlib.ExitStack() as stack:
        if stroke:
            for name in STROKES:
                stack.enter_context(patch.object(os, name, counted(getattr(os, name))))
            stack.enter_context(patch.object(durable, "_flush", os.fsync))
        yield


def broken(home: Home, workspace: Path, hands: dict[int, set[str]], two: bool) -> list[str]:  # noqa: FBT001
    """What must hold after each act and does not, a sentence each.

    Args:
        home: As it is on the disk.
        workspace: Must be empty.
        hands: The digests that people gave each version with an editor.
        two: Whether the policy wants two people.
    """
    core = Core(home, actor="eve")
    with core._catalog.transaction():
        # What a killed process had decided has its effect now.
        pass
    said = [f"{path.name} is in the workspace" for path in workspace.iterdir()]
    said += [] if core.verify_audit().ok else [f"the log is {core.verify_audit().problem}"]
    entries = core.audit()
    repairs = {one.repair_id: one for one in core.repairs()}
    granted = [one for one in entries if one.action == "approved"]
    for what in ("approved", "applied", "rejected", "changes-requested"):
        subjects = [one.subject for one in entries if one.action == what]
        said += [f"{one} was {what} twice" for one in set(subjects) if subjects.count(one) > 1]
    said += [
        f"{one.subject} was applied and not approved"
        for one in entries
        if one.action == "applied" and one.subject not in {other.subject for other in granted}
    ]
    said += _versions(core, granted, repairs, hands)
    said += _standing(core, entries)
    for one in granted:
        found = repairs[one.subject]
        people = {
            other.actor
            for other in entries
            if other.action in ("signed", "approved")
            and (other.subject, other.details["repair_digest"]) == (one.subject, one.details["repair_digest"])
        }
        said += [f"{one.subject} was approved by {people} alone"] if two and len(people) < 2 else []
        gone = (RepairStatus.PROPOSED, RepairStatus.REJECTED, RepairStatus.CHANGES_REQUESTED)
        said += [f"{one.subject} is {found.status}, and was approved"] if found.status in gone else []
    core.close()
    return said


def _versions(
    core: Core, granted: Sequence[AuditEntry], repairs: dict[str, Repair], hands: dict[int, set[str]]
) -> list[str]:
    """Each version beyond the first is what exactly one approval has made, or a person's editor."""
    approved = [repairs[one.subject] for one in granted]
    said, uses = [], list(approved)
    for version in core._shelf.versions(NAME)[1:]:
        _, _, row = core._register.load(NAME, version)
        maker = next((one for one in uses if one.created_version == version), None)
        orphan = maker is None and next(
            (one for one in uses if one.created_version is None and _makes(core, one, row.digest)), None
        )
        by_editor = row.digest in hands.get(version, set())
        if maker is None and not orphan:
            # What a killed process left and a person then wrote anew is theirs: a draft, as any file that is put there.
            said += [] if by_editor else [f"release@{version} was made, and nobody approved it"]
        elif maker is not None:
            uses.remove(maker)
            if not _makes(core, maker, row.digest) and not by_editor:
                said.append(f"release@{version} is not what was approved")
        elif orphan:
            uses.remove(orphan)
    return said


def _makes(core: Core, one: Repair, digest: str) -> bool:
    """Whether that is what an approval of it makes of its base, as the base was."""
    base, _, row = core._register.load(NAME, one.base_version)
    if row.digest != one.base_digest:
        # Somebody has edited the base since: what it made can't be told from it any more.
        return True
    return document.digest(repaired(base, one.patch)) == digest


def _standing(core: Core, entries: Sequence[AuditEntry]) -> list[str]:
    active = [row for row in core._register.rows(NAME) if row.status == "active"]
    said = ["several versions are active"] if len(active) > 1 else []
    raised = {(one.subject, one.details.get("digest")) for one in entries if one.action in ("promoted", "rolled-back")}
    return said + [f"{row.ref} is active unasked" for row in active if (row.ref, row.digest) not in raised]
