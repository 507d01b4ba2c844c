"""Mounts, and one overlay with the layers beneath it.

Part of the keeper: nothing but the standard library.
"""

import ctypes
import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from replay.shadow.written import Known, keep_apart
else:
    # Importing a package would import all that is in it.
    from written import Known, keep_apart

NOSUID, NODEV, BIND, RECURSIVELY_PRIVATE, DETACH = 2, 4, 4096, (1 << 18) | (1 << 14), 2
BYTES_A_FILE = 4096


class Stack:
    """One overlay with the layers beneath it; its folders' names are short, for a mount's options are.

    Args:
        name: Of its folder.
        target: Where it is mounted.
    """

    def __init__(self, name: str, target: str) -> None:
        self.name = name
        self.target = target
        self.chain: list[str] = []
        self._known: Known = {}
        self._made = 0
        self._upper = ""

    def cover(self, folder: str) -> None:
        """Lay the overlay over its target for the first time."""
        os.mkdir(self.name)  # noqa: PTH102 -- text, as all names here
        self._bottom = self._next()
        mount(folder, self._bottom, "", BIND)
        self._mount()

    def begin(self) -> int:
        """Keep apart what was written so far; returns how many layers there are now."""
        layer = f"{self.name}/{self._made + 1}"
        self._known, found = keep_apart(self._upper, layer, self._known)
        if found:
            self._made += 1
            self.chain.append(layer)
        return len(self.chain)

    def drop(self, count: int) -> None:
        """Leave only so many layers; nothing may run over it."""
        unmount(self.target)
        del self.chain[count:]
        self._known = {}
        self._mount()

    def _mount(self) -> None:
        self._upper, work = self._next(), self._next()
        model = os.stat(self._bottom)  # noqa: PTH116 -- as above
        os.chown(self._upper, model.st_uid, model.st_gid)
        os.chmod(self._upper, model.st_mode & 0o7777)  # noqa: PTH101 -- as above
        lower = ":".join((*reversed(self.chain), self._bottom))
        options = f"userxattr,xino=off,lowerdir={lower},upperdir={self._upper},workdir={work}"
        mount("overlay", self.target, "overlay", NOSUID | NODEV, options)

    def _next(self) -> str:
        self._made += 1
        name = f"{self.name}/{self._made}"
        os.mkdir(name)  # noqa: PTH102 -- as above
        return name


def mount(source: str, target: str, kind: str, flags: int, options: str = "") -> None:
    """Mount something.

    Raises:
        OSError: The kernel refuses.
    """
    words = os.fsencode(source), os.fsencode(target), kind.encode() or None
    if libc().mount(*words, ctypes.c_ulong(flags), options.encode() or None):
        raise error_of(f"mounting {kind or 'a bind'} on {target}")


def unmount(target: str) -> None:
    """Unmount what lies on top; who still looks at it goes on doing so.

    Raises:
        OSError: The kernel refuses.
    """
    if libc().umount2(os.fsencode(target), DETACH):
        raise error_of(f"unmounting {target}")


def libc() -> ctypes.CDLL:
    """The C library; its calls note what went wrong."""
    return ctypes.CDLL(None, use_errno=True)


def error_of(what: str) -> OSError:
    """What the last call noted, as an error."""
    error = ctypes.get_errno()
    return OSError(error, f"{what}: {os.strerror(error)}")


def in_memory(layers: str, disk: int) -> bool:
    """Keep layers in memory, which ends with the mount and has a limit; False where that can't hold an upper.

    Args:
        layers: Their folder.
        disk: Bytes that may be written.
    """
    files = max(disk // BYTES_A_FILE, 1024)
    try:
        mount("layers", layers, "tmpfs", NOSUID | NODEV, f"size={disk},nr_inodes={files},mode=700")
    except OSError:
        return False
    try:
        os.setxattr(layers, "user.probe", b"")
    except OSError:
        unmount(layers)
        return False
    return True
