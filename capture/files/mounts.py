"""What is mounted where, read again only when the kernel says that something was mounted or taken away."""

import os
import select
from pathlib import Path

TABLE = Path("/proc/self/mountinfo")
_REMOTE = ("nfs", "cifs", "smb", "9p", "fuse", "ceph", "afs", "virtiofs", "vboxsf", "gfs", "ocfs", "lustre")
"""File systems that others write to, unheard by this kernel."""


class Mounts:
    """The mounts of this process; without `/proc` there are none, and nothing ever changes."""

    def __init__(self) -> None:
        self._changes = select.poll()
        try:
            self._descriptor = os.open(TABLE, os.O_RDONLY | os.O_CLOEXEC)
        except OSError:
            self._descriptor = -1
        else:
            self._changes.register(self._descriptor, select.POLLPRI)
        self._text = self._read()

    def changed(self) -> bool:
        """Whether they are others than at the last call."""
        # To have the table written takes far longer than to ask.
        if not self._changes.poll(0):
            return False
        before, self._text = self._text, self._read()
        return before != self._text

    def remote(self, device: int) -> bool:
        """Whether others may write to a device.

        Args:
            device: As `stat` names it.
        """
        wanted = f"{os.major(device)}:{os.minor(device)}".encode()
        for line in self._text.splitlines():
            fields = line.split(b" ")
            if len(fields) > 2 and fields[2] == wanted:  # noqa: PLR2004 - its third field
                kind = line.partition(b" - ")[2].partition(b" ")[0].decode(errors="replace")
                return kind.startswith(_REMOTE)
        return False

    def close(self) -> None:
        """Ask no more; may be called twice."""
        if self._descriptor >= 0:
            self._changes.unregister(self._descriptor)
            os.close(self._descriptor)
        self._descriptor = -1

    def _read(self) -> bytes:
        try:
            return TABLE.read_bytes()
        except OSError:
            return b""
