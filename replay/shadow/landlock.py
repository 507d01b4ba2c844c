"""Level 1: Landlock, which needs no privilege and no package, over a copy of the workspace at another path.

Weaker than it looks: modes, owners and times of files elsewhere can be changed, sockets with a name on disk can be
reached, and so can other protocols than TCP. TCP itself is refused from kernel 6.7 on.
"""

import os
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from replay.place import Place
from replay.shadow import landlock_exec
from replay.shadow.credentials import without_credentials
from replay.shadow.isolation import Grounds, Level

OLDEST_ABI = 3
"""Before it, a file elsewhere could be truncated."""
DEVICES: tuple[str, ...] = ("/dev/null", "/dev/zero", "/dev/full", "/dev/tty")
"""Written to from within."""
ROOT = Path("/")


class Landlock:
    """A copy of the workspace at another path, behind Landlock."""

    level = Level.L1
    """How good it is."""

    def available(self) -> bool:
        """Whether this kernel has it, new enough."""
        return sys.platform == "linux" and landlock_exec.abi() >= OLDEST_ABI

    def place(self, grounds: Grounds) -> Place:
        """How a shell is started over a copy that is there already.

        Args:
            grounds: The shadow's folders.

        Returns:
            The place; the shell sees the copy under the copy's own path.
        """

        def environment(variables: Mapping[str, str]) -> dict[str, str]:
            return {**without_credentials(variables), "TMPDIR": str(grounds.temporary)}

        return Place(
            origin=str(grounds.origin),
            workspace=str(grounds.copy),
            watched=str(grounds.copy),
            wrap=(sys.executable, "-I", "-S", landlock_exec.__file__, *_grants(grounds), "--"),
            level=self.level,
            session_folder=str(grounds.session),
            environment=environment,
        )


def _grants(grounds: Grounds) -> Iterator[str]:
    yield from ("--list", "/")
    for path in (grounds.copy, grounds.temporary, grounds.session):
        yield from ("--write", str(path))
    for device in DEVICES:
        yield from ("--device", device)
    for path in _readable(ROOT, (*grounds.hidden, grounds.session.parent)):
        yield from ("--read", str(path))


def _readable(folder: Path, hidden: tuple[Path, ...]) -> Iterator[Path]:
    """What can be read, as few paths as leave out what is hidden: Landlock takes nothing back that it has granted."""
    if folder in hidden:
        return
    if not any(path.is_relative_to(folder) for path in hidden):
        yield folder
        return
    try:
        children = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError:
        return
    for child in children:
        # A grant on a link is one on its target, which may be hidden; where it isn't, it is granted at its own place.
        if not child.is_symlink():
            yield from _readable(Path(child.path), hidden)
