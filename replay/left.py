"""Whether a workspace is still as a replay left it, by digest: what going on from a step wants first."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

from capture.files.effects import Workspace
from capture.files.ignore import Ignore
from capture.trace import EffectOp, FileEffect, FileType, SeenFile, Trace
from replay.shadow import workspace_digest


class Left(NamedTuple):
    """One path, as far as it is known."""

    type: FileType
    sha256: str | None
    """None: not known."""
    mode: int | None


def changed_since(digest: str | None, workspace: str) -> str | None:
    """What has changed in a workspace since its digest was taken.

    Args:
        digest: From `workspace_digest`.
        workspace: Absolute.

    Returns:
        A sentence's end, as `changed`; None when it is the same.
    """
    if digest is None:
        return "was never looked at whole"
    return None if workspace_digest(Path(workspace)) == digest else "changed"


def drifted(trace: Trace, workspace: str, ignore: Ignore) -> str | None:
    """What has changed in a workspace since a replay was killed, by what its recording says of each file.

    Args:
        trace: Of the replay.
        workspace: Absolute.
        ignore: Paths that recordings leave out.

    Returns:
        A sentence's end, as `was changed: a.txt is another now`; None when all is as the replay left it.
    """
    if not trace.workspace_complete:
        return "was too large to be recorded whole"
    blind = next((step.step_index for step in trace.steps if not step.effects_seen), None)
    if blind is not None:
        return f"was not watched during step {blind}"
    seen, complete = Workspace(Path(workspace), ignore).baseline()
    if not complete:
        return "is too large to be looked at whole"
    left, now = left_behind(trace), {one.path: _of_seen(one) for one in seen}
    changes = (_change(path, left.get(path), now.get(path)) for path in sorted(left.keys() | now.keys()))
    return next((f"changed: {found}" for found in changes if found), None)


def _change(path: str, left: Left | None, now: Left | None) -> str | None:
    if now is None:
        return f"{path} is gone"
    if left is None:
        return f"{path} is new"
    return None if _alike(left, now) else f"{path} is another now"


def left_behind(trace: Trace) -> Mapping[str, Left]:
    """The workspace as a recording says that it was at its end, by path."""
    files = {one.path: _of_seen(one) for one in trace.workspace_before}
    _carry(files, trace.late(0))
    for step in trace.steps:
        _carry(files, step.file_effects)
        _carry(files, trace.late(step.step_index))
    return files


def _carry(files: dict[str, Left], effects: Iterable[FileEffect]) -> None:
    for effect in effects:
        if effect.path.startswith("/"):
            continue
        if effect.moved_from is not None:
            files.pop(effect.moved_from, None)
        if effect.op is EffectOp.DELETED:
            files.pop(effect.path, None)
        else:
            was = files.get(effect.path)
            kept = was.sha256 if was and effect.op is EffectOp.CHMOD else effect.after
            files[effect.path] = Left(effect.type, kept, effect.mode)


def _of_seen(seen: SeenFile) -> Left:
    return Left(seen.type, seen.sha256, seen.mode)


def _alike(left: Left, now: Left) -> bool:
    if left.type is not now.type or (left.mode is not None and left.mode != now.mode):
        return False
    return left.type is FileType.DIRECTORY or left.sha256 is None or left.sha256 == now.sha256
