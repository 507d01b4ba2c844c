"""Tells whether the real workspace is still what it was, after something that must not have touched it."""

import os
import stat
from hashlib import sha256
from heapq import nlargest
from pathlib import Path
from typing import NamedTuple

from replay.shadow.folders import Stamp, stamp, stamps

MOST_FILES, MOST_BYTES = 1000, 16 << 20
"""What is read beforehand, the files that were written last before all others: they are those that will be again."""
_TOLD = 3


class Changes(NamedTuple):
    """What happened to a workspace; paths as they are, sorted."""

    sure: tuple[str, ...] = ()
    """Another content, kind, mode or owner, or there only before or after."""
    unsure: tuple[str, ...] = ()
    """Written, and as long as before; what they held then is not known."""

    @property
    def doubt(self) -> str | None:
        """Why it can't be said that nothing changed."""
        if not self.unsure:
            return None
        more = len(self.unsure) - _TOLD
        told = ", ".join(self.unsure[:_TOLD]) + (f" and {more} more" if more > 0 else "")
        return f"somebody wrote {told} in the real workspace meanwhile, and whether it changed can't be told; try again"


class RealWorkspace:
    """A workspace as it is now.

    Args:
        root: Its directory.
        most_files: How many files are read.
        most_bytes: How much of them together.
    """

    def __init__(self, root: Path, *, most_files: int = MOST_FILES, most_bytes: int = MOST_BYTES) -> None:
        self._root = root
        self._stamps = stamps(root)
        self._contents: dict[str, bytes] = {}
        for path, was in self._stamps.items():
            if stat.S_ISLNK(was.mode):
                self._keep(path)
        files = (path for path, was in self._stamps.items() if stat.S_ISREG(was.mode) and was.size <= most_bytes)
        for path in nlargest(most_files, files, key=lambda path: self._stamps[path].mtime_ns):
            size = self._stamps[path].size
            if size <= most_bytes:
                most_bytes -= size
                self._keep(path)

    def changes(self) -> Changes:
        """What is not as it was; a file that was written and holds the same again is."""
        after = stamps(self._root)
        sure, unsure = [], []
        for path in sorted(self._stamps.keys() | after.keys()):
            was, now = self._stamps.get(path), after.get(path)
            if was == now:
                continue
            if was is None or now is None or _differ(was, now):
                sure.append(path)
            elif stat.S_ISREG(now.mode) or stat.S_ISLNK(now.mode):
                before = self._contents.get(path)
                if before is None:
                    unsure.append(path)
                elif before != _content(path, now.mode):
                    sure.append(path)
        return Changes(tuple(sure), tuple(unsure))

    def _keep(self, path: str) -> None:
        was = self._stamps[path]
        content = _content(path, was.mode)
        try:
            # Written in between: it is not known what it held.
            if content is not None and stamp(os.lstat(path)) == was:
                self._contents[path] = content
        except OSError:
            return


def _differ(was: Stamp, now: Stamp) -> bool:
    """Beyond doubt; a folder is as long as its file system likes."""
    size = was.size != now.size and not stat.S_ISDIR(now.mode)
    return size or (was.mode, was.user, was.group) != (now.mode, now.user, now.group)


def _content(path: str, mode: int) -> bytes | None:
    """What tells one content from another; None: it can't be read."""
    try:
        if stat.S_ISLNK(mode):
            return os.fsencode(Path(path).readlink())
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(descriptor, "rb", buffering=0) as file:
            return sha256(file.read()).digest()
    except OSError:
        return None
