"""Keeps apart what was newly written into an overlay's upper folder, as a layer in the overlay's own format.

Part of the keeper: nothing but the standard library. Names are relative to the upper folder.
"""

import os
import stat
import time
from collections.abc import Iterator
from typing import NamedTuple

OPAQUE = "user.overlay.opaque"
"""Mark of a folder that hides what lies beneath it."""
OVERLAYS = "user.overlay."
"""What the overlay notes for itself begins so."""
TICK_NS = 20_000_000
"""What was written less than this before it was looked at may change again without its times showing it."""
_PIECE = 1 << 20


class Stamp(NamedTuple):
    """What tells one state of an entry from another."""

    mode: int
    owner: tuple[int, int]
    opaque: bool
    """A folder that hides what lies beneath it."""
    settled: bool
    """Its times prove that it has not changed while they are the same."""
    content: tuple[int, int, int, int] = (0, 0, 0, 0)
    """Inode, size, mtime and ctime of what is no folder."""

    @property
    def is_folder(self) -> bool:
        """Whether it is one."""
        return stat.S_ISDIR(self.mode)


Known = dict[str, Stamp]
"""Name to what was seen there at the last look."""


def keep_apart(upper: str, layer: str, known: Known) -> tuple[Known, bool]:
    """Make a layer of what was written since the last look.

    Laid over the layers before, it shows what the upper folder shows now.

    Args:
        upper: The upper folder of a mounted overlay in which nothing is being written.
        layer: Where the layer goes; not there yet.
        known: From the last look; empty at the first.

    Returns:
        What is known now, and whether there was anything, and so a layer.
    """
    look = _Look(upper, layer, known)
    look.folder("", anew=False)
    return look.now, look.finish()


class _Look:
    def __init__(self, upper: str, layer: str, known: Known) -> None:
        self._upper = upper
        self._layer = layer
        self._known = known
        self._settled_ns = time.time_ns() - TICK_NS
        self._before: dict[str, set[str]] = {}
        for name in known:
            self._before.setdefault(os.path.dirname(name), set()).add(name)  # noqa: PTH120 -- text, as all names here
        self._folders: list[str] = []
        self._linked: dict[int, str] = {}
        self.now: Known = {}

    def folder(self, name: str, *, anew: bool) -> None:
        """Take what is new in a folder; `anew` when nothing in it is known beneath."""
        found = set()
        for child, status in _listed(self._upper, name):
            found.add(child)
            self._entry(child, status, anew=anew)
        for gone in () if anew else sorted(self._before.get(name, set()) - found):
            self._make_folder(name)
            os.mknod(f"{self._layer}/{gone}", stat.S_IFCHR, 0)

    def finish(self) -> bool:
        """Give the layer's folders the times of their models, the innermost first; returns whether there are any."""
        for name in reversed(self._folders):
            _like(f"{self._upper}/{name}", f"{self._layer}/{name}")
        return bool(self._folders)

    def _entry(self, name: str, status: os.stat_result, *, anew: bool) -> None:
        path = f"{self._upper}/{name}"
        was = None if anew else self._known.get(name)
        seen = self.now[name] = _stamp(path, status, self._settled_ns)
        if not seen.is_folder:
            if was is None or not was.settled or was != seen:
                self._make_folder(os.path.dirname(name))  # noqa: PTH120 -- as above
                self._copy(name, status)
            return
        # What lay beneath is hidden now: nothing of it goes on.
        anew = was is None or not was.is_folder or (seen.opaque and not was.opaque)
        if anew or was != seen:
            self._make_folder(name)
        if anew and seen.opaque:
            os.setxattr(f"{self._layer}/{name}", OPAQUE, b"y")
        self.folder(name, anew=anew)

    def _make_folder(self, name: str) -> None:
        if os.path.isdir(f"{self._layer}/{name}"):  # noqa: PTH112 -- as above
            return
        if name:
            self._make_folder(os.path.dirname(name))  # noqa: PTH120 -- as above
        os.mkdir(f"{self._layer}/{name}")  # noqa: PTH102 -- as above
        self._folders.append(name)

    def _copy(self, name: str, status: os.stat_result) -> None:
        source, target = f"{self._upper}/{name}", f"{self._layer}/{name}"
        first = self._linked.setdefault(status.st_ino, name)
        if first != name:
            os.link(f"{self._layer}/{first}", target, follow_symlinks=False)
            return
        if stat.S_ISREG(status.st_mode):
            _copy_content(source, target)
        elif stat.S_ISLNK(status.st_mode):
            os.symlink(os.readlink(source), target)  # noqa: PTH115, PTH211 -- as above
        else:
            os.mknod(target, status.st_mode, status.st_rdev)
        if not _is_whiteout(status):
            _like(source, target)


def _listed(upper: str, name: str) -> Iterator[tuple[str, os.stat_result]]:
    with os.scandir(f"{upper}/{name}") as entries:
        for entry in entries:
            status = entry.stat(follow_symlinks=False)
            # A socket is nothing without the process behind it.
            if not stat.S_ISSOCK(status.st_mode):
                yield f"{name}/{entry.name}" if name else entry.name, status


def _stamp(path: str, status: os.stat_result, settled_ns: int) -> Stamp:
    owner = status.st_uid, status.st_gid
    if stat.S_ISDIR(status.st_mode):
        return Stamp(status.st_mode, owner, _is_opaque(path), settled=True)
    content = status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns
    return Stamp(status.st_mode, owner, opaque=False, settled=status.st_ctime_ns < settled_ns, content=content)


def _is_opaque(path: str) -> bool:
    try:
        return os.getxattr(path, OPAQUE) == b"y"
    except OSError:
        return False


def _is_whiteout(status: os.stat_result) -> bool:
    return stat.S_ISCHR(status.st_mode) and status.st_rdev == 0


def _copy_content(source: str, target: str) -> None:
    reading = os.open(source, os.O_RDONLY | os.O_CLOEXEC)
    try:
        writing = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        try:
            while os.sendfile(writing, reading, None, _PIECE):
                pass
        finally:
            os.close(writing)
    finally:
        os.close(reading)


def _like(source: str, target: str) -> None:
    """Give a copy the owner, mode, attributes and times of its model."""
    status = os.stat(source, follow_symlinks=False)  # noqa: PTH116 -- as above
    link = stat.S_ISLNK(status.st_mode)
    os.chown(target, status.st_uid, status.st_gid, follow_symlinks=False)
    if not link:
        os.chmod(target, stat.S_IMODE(status.st_mode))  # noqa: PTH101 -- as above
        for name in os.listxattr(source):
            if name.startswith("user.") and not name.startswith(OVERLAYS):
                os.setxattr(target, name, os.getxattr(source, name))
    os.utime(target, ns=(status.st_atime_ns, status.st_mtime_ns), follow_symlinks=False)
