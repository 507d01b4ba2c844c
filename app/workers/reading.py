"""Reads a playbook version with all that the Playbook screen shows of it; blocks."""

from pathlib import Path

from app.ports import Core
from app.stored import Stored
from app.workers.facts import DocumentWrong, VersionRead
from capture.errors import BadInputError, ReplaybookError
from capture.trace import Trace


def read_version(core: Core, ref: str) -> VersionRead | DocumentWrong:
    """The version, its other versions and its first recording.

    Args:
        core: Who reads.
        ref: NAME or NAME@V.

    Returns:
        What was read, or where the document is wrong.
    """
    try:
        stored = core.version(ref)
    except BadInputError as error:
        reason = str(error)
        path = Path(reason.partition(".yaml")[0] + ".yaml")
        if not path.is_relative_to(core.home.playbooks):
            raise
        return DocumentWrong(ref, reason, path.read_text(encoding="utf-8", errors="replace"))
    name = stored.playbook.name
    summary = next((one for one in core.playbooks() if one.name == name), None)
    return VersionRead(
        stored,
        core.lineage(name),
        origin=_origin(core, stored),
        suspect=summary.suspect if summary else None,
        validation=core.validation(f"{name}@{stored.playbook.version}"),
        wrong=summary.wrong if summary else None,
    )


def _origin(core: Core, stored: Stored) -> Trace | None:
    """The first recording that it was compiled from; None when it is gone."""
    try:
        return core.trace(stored.playbook.source_runs[0]) if stored.playbook.source_runs else None
    except ReplaybookError:
        return None
