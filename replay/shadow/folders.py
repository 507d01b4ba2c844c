"""The folders of a shadow: copied faithfully, compared exactly, removed without a trace."""

import contextlib
import json
import os
import shutil
import stat
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

from capture.errors import BadInputError, HostError

SIZE_LIMIT = 1 << 30
"""Bytes of a workspace that are copied."""

PREFIX = "rb-shadow-"
"""How the names of the folders of shadows begin."""

_PIECE = 1 << 20


class Stamp(NamedTuple):
    """What the file system notes of an entry; the last change of anything can't be set back by anybody."""

    inode: int
    mode: int
    user: int
    group: int
    size: int
    mtime_ns: int
    ctime_ns: int


def size_of(workspace: Path, limit: int) -> int:
    """Bytes in the files of a workspace; counting stops behind the limit."""
    total = 0
    for path, status in _entries(workspace):
        del path
        total += status.st_size if stat.S_ISREG(status.st_mode) else 0
        if total > limit:
            break
    return total


def fits(workspace: Path, limit: int = SIZE_LIMIT) -> bool:
    """Whether a workspace is small enough to be copied and compared."""
    return size_of(workspace, limit) <= limit


def copy_workspace(workspace: Path, target: Path, *, limit: int = SIZE_LIMIT) -> None:
    """Copy with modes, times, owners, links and hard links as they are.

    Args:
        workspace: The real one.
        target: An empty folder, or none yet.
        limit: Bytes from which on it is refused.

    Raises:
        BadInputError: The workspace is too big.
        HostError: Something in it can't be copied.
    """
    if not fits(workspace, limit):
        raise BadInputError(
            f"workspace {workspace} holds more than {limit >> 20} MiB, too much to copy into a shadow; "
            f"give a smaller one with --cwd"
        )
    target.mkdir(exist_ok=True)
    copied = subprocess.run(
        ["cp", "-a", "--", f"{workspace}/.", str(target)], stdin=subprocess.DEVNULL, capture_output=True, check=False
    )
    if copied.returncode:
        reason = copied.stderr.decode(errors="replace").strip().partition("\n")[0]
        raise HostError(f"workspace {workspace} can't be copied into a shadow: {reason}; make it readable")


def parents() -> tuple[Path, ...]:
    """Where the folders of shadows may lie."""
    places = (tempfile.gettempdir(), "/var/tmp", "/tmp")  # noqa: S108 -- the folders made there are private
    return tuple(dict.fromkeys(Path(place).resolve() for place in places))


def make_base(workspace: Path) -> Path:
    """A private folder that does not lie in the workspace.

    Args:
        workspace: The real one, links resolved.

    Returns:
        The folder, empty.

    Raises:
        HostError: There is no room for one.
    """
    for parent in parents():
        if parent.is_relative_to(workspace):
            continue
        try:
            return Path(tempfile.mkdtemp(prefix=PREFIX, dir=parent))
        except OSError:
            continue
    raise HostError(f"no folder for a shadow of {workspace}: set TMPDIR to one outside of it that can be written")


def remove(folder: Path) -> None:
    """Remove a folder, whatever modes were set in it."""
    for directory, folders, _ in os.walk(folder):
        for name in folders:
            path = Path(directory, name)
            # Before it is descended into; a link would lead out.
            if not path.is_symlink():
                path.chmod(stat.S_IRWXU)
    shutil.rmtree(folder, ignore_errors=True)


def fingerprint(workspace: Path) -> dict[str, str]:
    """Everything in a workspace, so that two moments can be compared.

    Args:
        workspace: The directory.

    Returns:
        Relative path to mode and content, nothing left out.
    """
    return {
        os.fsencode(path.relative_to(workspace)).decode("utf-8", "backslashreplace"): _print_of(path, status)
        for path, status in _entries(workspace)
    }


def stamps(workspace: Path) -> dict[str, Stamp]:
    """What the file system notes of everything in a workspace: cheaper than a fingerprint, and every write shows.

    Args:
        workspace: The directory.

    Returns:
        Path, the workspace's own before it, to stamp.
    """
    found: dict[str, Stamp] = {}
    pending = [str(workspace)]
    while pending:
        with contextlib.suppress(OSError), os.scandir(pending.pop()) as entries:
            for entry in entries:
                with contextlib.suppress(OSError):
                    found[entry.path] = stamp(entry.stat(follow_symlinks=False))
                    if entry.is_dir(follow_symlinks=False):
                        pending.append(entry.path)
    return found


def stamp(status: os.stat_result) -> Stamp:
    """Of an entry."""
    owners = status.st_uid, status.st_gid
    return Stamp(status.st_ino, status.st_mode, *owners, status.st_size, status.st_mtime_ns, status.st_ctime_ns)


def workspace_digest(workspace: Path, *, limit: int = SIZE_LIMIT) -> str:
    """One digest of everything in a workspace.

    Args:
        workspace: The directory.
        limit: Bytes that are read.

    Returns:
        `sha256:…` of every content; `stat:…` where there is more than that to read: of its `stamps`,
        which every write changes, and so does a copy.
    """
    whole = fits(workspace, limit)
    found: Mapping[str, object] = fingerprint(workspace) if whole else stamps(workspace)
    digest = sha256(json.dumps(found, sort_keys=True).encode()).hexdigest()
    return f"{'sha256' if whole else 'stat'}:{digest}"


def _print_of(path: Path, status: os.stat_result) -> str:
    mode = f"{status.st_mode:o}"
    try:
        if stat.S_ISLNK(status.st_mode):
            return f"{mode} {os.fsencode(path.readlink()).hex()}"
        if stat.S_ISREG(status.st_mode):
            return f"{mode} {_digest(path)}"
    except OSError:
        return f"{mode} {status.st_size} {status.st_mtime_ns}"
    return mode


def _digest(path: Path) -> str:
    hashed = sha256()
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(descriptor, "rb", buffering=0) as file:
        while piece := file.read(_PIECE):
            hashed.update(piece)
    return hashed.hexdigest()


def _entries(root: Path) -> Iterator[tuple[Path, os.stat_result]]:
    for directory, folders, files in os.walk(root):
        for name in (*folders, *files):
            path = Path(directory, name)
            try:
                yield path, path.lstat()
            except OSError:
                continue
