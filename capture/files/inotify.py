"""Asks the Linux kernel in which directories something happened: read at the moment of the look, no hint is late."""

import ctypes
import os
import struct
from collections.abc import Callable
from errno import ENOSPC, ENOSYS
from typing import Protocol

from capture.files.effects import Hints
from capture.files.mounts import Mounts
from capture.files.roots import on_disk

_EVENT = struct.Struct("iIII")  # watch, mask, cookie, length of the name behind it
_MODIFY, _ATTRIB, _CLOSE_WRITE = 0x2, 0x4, 0x8
_MOVED_FROM, _MOVED_TO, _CREATE, _DELETE = 0x40, 0x80, 0x100, 0x200
_DELETE_SELF, _MOVE_SELF = 0x400, 0x800
_OVERFLOW, _IGNORED = 0x4000, 0x8000
_ONLY_DIRECTORIES, _DONT_FOLLOW, _NOT_UNLINKED = 0x1000000, 0x2000000, 0x4000000
_WANTED = (
    _MODIFY | _ATTRIB | _CLOSE_WRITE | _MOVED_FROM | _MOVED_TO | _CREATE | _DELETE | _DELETE_SELF | _MOVE_SELF
) | (_ONLY_DIRECTORIES | _DONT_FOLLOW | _NOT_UNLINKED)
_KINDS = {_CREATE: "created", _MODIFY: "modified", _DELETE: "deleted", _MOVED_FROM: "moved", _MOVED_TO: "moved"}
_PIECE = 1 << 18
_PIECES = 64

Touched = Callable[[str, str], None]
"""Called with a path as the view names it, and one of `created modified deleted moved`."""


class Libc(Protocol):
    """The calls that Python lacks."""

    def inotify_init1(self, flags: int) -> int:
        """A new queue's descriptor, or -1."""
        ...

    def inotify_add_watch(self, descriptor: int, path: bytes, mask: int) -> int:
        """A watch's number, or -1."""
        ...


class KernelEvents:
    """A queue that the kernel fills before a program's write returns: what was done before it is read is in it.

    What no event tells of is a mapped file that is still open, and a write to a hard link outside.

    Args:
        root: The directory that relative paths belong to.
        libc: The system's C library.
        on_event: Told of each event as it is read; None when nobody looks on.

    Raises:
        OSError: The system has no such thing, or no more of it.
    """

    def __init__(self, root: str, *, libc: Libc | None = None, on_event: Touched | None = None) -> None:
        self.on_event = on_event
        """Told of each event as it is read."""
        self._root = on_disk(root)
        self._libc = libc or _system()
        self._descriptor = self._libc.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC)
        if self._descriptor < 0:
            raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
        self._names: dict[int, str] = {}
        self._dirty: set[str] = set()
        self._lost = False
        self._deaf = False
        self._mounts = Mounts()
        self._remote: dict[int, bool] = {}

    def fileno(self) -> int:
        """Readable when something has happened."""
        return self._descriptor

    def enter(self, directory: str, device: int) -> None:
        """Watch a directory; called before it is listed, so that nothing falls between.

        Args:
            directory: As the view names it.
            device: Where it lies.
        """
        if self._deaf:
            return
        path = directory if directory.startswith("/") else f"{self._root}/{directory}".removesuffix("/")
        number = self._libc.inotify_add_watch(self._descriptor, os.fsencode(path), _WANTED)
        if number >= 0:
            self._names[number] = directory
        if device not in self._remote:
            self._remote[device] = self._mounts.remote(device)
        if (number < 0 and ctypes.get_errno() == ENOSPC) or self._remote[device]:
            self._deaf = True

    def read(self) -> bool:
        """Take a piece of the queue; call it when it is readable, so that it does not run over.

        Returns:
            Whether there was something in it.
        """
        try:
            data = os.read(self._descriptor, _PIECE)
        except OSError:
            return False
        self._take(data)
        return bool(data)

    def drain(self) -> Hints:
        """What has happened up to now, since the last call."""
        # Not for ever: who writes faster than this reads is looked at whole.
        self._lost = all(self.read() for _ in range(_PIECES)) or self._lost
        lost = self._mounts.changed() or self._lost or self._deaf
        hints = Hints(frozenset(self._dirty), overflow=lost)
        self._dirty, self._lost = set(), False
        return hints

    def close(self) -> None:
        """Let go of the queue; every look is a full one from here on."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._mounts.close()
        self._descriptor, self._deaf = -1, True

    def _take(self, data: bytes) -> None:
        at, names, dirty = 0, self._names, self._dirty
        while at < len(data):
            number, mask, _, length = _EVENT.unpack_from(data, at)
            start, at = at + _EVENT.size, at + _EVENT.size + length
            if mask & _OVERFLOW:
                self._lost = True
            elif (directory := names.get(number)) is not None:
                dirty.add(directory)
                if mask & _IGNORED:
                    del names[number]
                elif length and self.on_event is not None:
                    self._tell(directory, data[start:at], mask)

    def _tell(self, directory: str, name: bytes, mask: int) -> None:
        kind = next((kind for bit, kind in _KINDS.items() if mask & bit), None)
        if kind is not None and self.on_event is not None:
            text = os.fsdecode(name.rstrip(b"\0"))
            self.on_event(f"{directory}/{text}" if directory else text, kind)


def _system() -> Libc:
    libc = ctypes.CDLL(None, use_errno=True)
    if not hasattr(libc, "inotify_init1"):
        raise OSError(ENOSYS, "this system has no inotify")
    return libc
