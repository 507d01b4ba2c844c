"""Namespaces of one's own: users, mounts and processes.

Part of the keeper: nothing but the standard library.
"""

import os
import signal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from replay.shadow.mounting import error_of, libc
else:
    from mounting import error_of, libc

NEW_NAMESPACES = 0x00020000 | 0x10000000 | 0x20000000
"""Of mounts, users and processes."""


def enter_namespaces() -> None:
    """Have users, mounts and, from the next child on, processes of one's own.

    Raises:
        OSError: The kernel, or somebody's rules for it, refuse.
    """
    user, group = os.geteuid(), os.getegid()
    maps = {kind: _map_of(kind, own) for kind, own in (("uid", user), ("gid", group))}
    reading, writing = os.pipe()
    outside = os.getpid()
    # Only from outside of the namespace may root's ids all be given to it.
    mapper = os.fork()
    if mapper == 0:
        os.close(writing)
        os.read(reading, 1)
        try:
            if user:
                _write(f"/proc/{outside}/setgroups", "deny")
            for kind, text in maps.items():
                _write(f"/proc/{outside}/{kind}_map", text)
        except OSError:
            os._exit(1)
        os._exit(0)
    if libc().unshare(NEW_NAMESPACES):
        error = error_of("namespaces")
        os.kill(mapper, signal.SIGKILL)
        os.waitpid(mapper, 0)
        raise error
    os.close(reading)
    os.close(writing)
    if os.waitpid(mapper, 0)[1]:
        raise OSError(1, "the ids of a user namespace can't be set")


def _map_of(kind: str, own: int) -> str:
    """The ids that the namespace has: for root all that there are, so that files of others have owners."""
    if os.geteuid():
        return f"0 {own} 1\n"
    with open(f"/proc/self/{kind}_map", encoding="ascii") as file:  # noqa: PTH123 -- as above
        ranges = [line.split() for line in file]
    return "".join(f"{inside} {inside} {count}\n" for inside, _, count in ranges)


def _write(path: str, text: str) -> None:
    with open(path, "w", encoding="ascii") as file:  # noqa: PTH123 -- as above
        file.write(text)
