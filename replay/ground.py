"""What a validation rests upon: the workspace and the tools as they were, so that it is known when they moved."""

import contextlib
import os
import shutil
import stat
from collections.abc import Iterator
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path

from capture.files.ignore import Ignore
from capture.tools import identity
from replay.library.rows import Ground
from replay.playbook import Playbook

MOST_FILES, MOST_BYTES = 5000, 64 << 20
"""What is read; of what lies beyond, size and time of the last change must do."""
TICK = timedelta(milliseconds=10)
"""How far the times of files lie behind the clock."""
_TOLD = 3


def ground_of(playbook: Playbook, workspace: str, *, at: str, ignore: Ignore, search_path: str | None = None) -> Ground:
    """What there is now of all that a playbook's replay may rest upon.

    Args:
        playbook: Which one.
        workspace: Absolute.
        at: Now, ISO 8601.
        ignore: Paths that never count, as for effects.
        search_path: Where tools are found; None: the process's PATH.
    """
    return Ground(
        workspace=workspace,
        at=at,
        digest=_digest(Path(workspace), ignore),
        tools={name: _known(name, search_path) for name in sorted(set(_tools(playbook)))},
    )


def moved(ground: Ground, *, ignore: Ignore, search_path: str | None = None) -> str | None:
    """What is not any more as it was, in a clause.

    Args:
        ground: As it was.
        ignore: As then; other rules leave other paths, and so count as a change.
        search_path: As then.

    Returns:
        None while all of it is the same.
    """
    for name, known in ground.tools.items():
        if _known(name, search_path) != known:
            return f"{name} is another program now than when it was validated"
    place = Path(ground.workspace)
    if not place.is_dir():
        return f"the workspace {place} that it was validated in is gone"
    if _digest(place, ignore) == ground.digest:
        return None
    names = sorted(_written(place, ignore, datetime.fromisoformat(ground.at)))
    more = f" and {len(names) - _TOLD} more" if len(names) > _TOLD else ""
    told = f" ({', '.join(names[:_TOLD])}{more})" if names else ""
    return f"the workspace {place} has changed since its validation{told}"


def _tools(playbook: Playbook) -> Iterator[str]:
    yield from playbook.tools
    for step in playbook.steps:
        yield from (one.command for one in step.requires if one.command and "/" not in one.command)


def _known(name: str, search_path: str | None) -> str:
    place = shutil.which(name, path=search_path)
    found = identity(place) if place else None
    return f"{found[0]} {found[1][:16]}" if found else "none"


def _digest(workspace: Path, ignore: Ignore) -> str:
    hashed, files, size = sha256(), MOST_FILES, MOST_BYTES
    for path, status in _entries(workspace, ignore):
        content = None
        if stat.S_ISREG(status.st_mode) and files and status.st_size <= size:
            files, size = files - 1, size - status.st_size
            content = _content(workspace / path)
        elif stat.S_ISLNK(status.st_mode):
            content = _target(workspace / path)
        seen = content or f"{status.st_size} {status.st_mtime_ns}" if not stat.S_ISDIR(status.st_mode) else ""
        hashed.update(f"{path}\0{status.st_mode:o} {seen}\0\0".encode("utf-8", "surrogateescape"))
    for path, content in _refs(workspace):
        hashed.update(f"{path}\0{content}\0\0".encode("utf-8", "surrogateescape"))
    return f"sha256:{hashed.hexdigest()}"


def _entries(workspace: Path, ignore: Ignore) -> Iterator[tuple[str, os.stat_result]]:
    """All that counts, relative to the workspace, in an order of its own."""
    for directory, folders, names in os.walk(workspace):
        at = os.path.relpath(directory, workspace)
        before = "" if at == "." else f"{at}/"
        folders[:] = sorted(name for name in folders if not ignore.takes(before + name, name, True))
        files = (name for name in names if not ignore.takes(before + name, name, False))
        for name in sorted((*folders, *files)):
            with contextlib.suppress(OSError):
                yield before + name, Path(directory, name).lstat()


def _refs(workspace: Path) -> Iterator[tuple[str, str | None]]:
    """What commits and branches are called; all else of git's own moves when one only looks."""
    folder = workspace / ".git"
    for path in (folder / "HEAD", folder / "packed-refs", *sorted((folder / "refs").rglob("*"))):
        if path.is_file():
            yield str(path.relative_to(workspace)), _content(path)


def _content(path: Path) -> str | None:
    try:
        return sha256(path.read_bytes()).hexdigest()
    except OSError:
        return None


def _target(path: Path) -> str | None:
    try:
        return os.fsdecode(path.readlink())
    except OSError:
        return None


def _written(workspace: Path, ignore: Ignore, since: datetime) -> Iterator[str]:
    """Paths that changed behind a moment; a folder only where nothing in it did, for then something was removed."""
    begin = (since - TICK).timestamp() * 1e9
    names = [path for path, status in _entries(workspace, ignore) if status.st_ctime_ns > begin]
    holding = {os.path.dirname(path) for path in names}  # noqa: PTH120 - text, as all names here
    return (path for path in names if path not in holding)
