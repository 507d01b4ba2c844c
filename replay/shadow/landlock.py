"""Level 1: Landlock, which needs no privilege and no package, over a copy of the workspace at another path.

Weaker than it looks: modes, owners and times of files elsewhere can be changed, sockets with a name on disk can be
reached, and so can other protocols than TCP. TCP itself is refused from kernel 6.7 on.
"""

import contextlib
import os
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from replay.place import Place
from replay.shadow import landlock_exec
from replay.shadow.bubblewrap import bounds
from replay.shadow.credentials import without_credentials
from replay.shadow.folders import copy_workspace
from replay.shadow.isolation import Grounds, Level
from replay.shadow.leftovers import end_processes

OLDEST_ABI = 3
"""Before it, a file elsewhere could be truncated."""
DEVICES: tuple[str, ...] = ("/dev/null", "/dev/zero", "/dev/full", "/dev/tty")
"""Written to from within."""
ROOT = Path("/")


class Landlock:
    """A copy of the workspace at another path, behind Landlock."""

    level = Level.L1
    """How good it is."""

    def lacking(self) -> str | None:
        """What is missing."""
        if sys.platform != "linux" or landlock_exec.abi() < OLDEST_ABI:
            return "this kernel has no Landlock, or too old a one"
        return None

    @contextlib.contextmanager
    def open(self, grounds: Grounds) -> Iterator[Place]:
        """A shadow over a copy of the workspace.

        Args:
            grounds: The shadow's folders.

        Yields:
            The place; the shell sees the copy under the copy's own path.

        Raises:
            HostError: The copy failed.
            BadInputError: The workspace is too big to be copied.
        """

        def environment(variables: Mapping[str, str]) -> dict[str, str]:
            return {**without_credentials(variables), "TMPDIR": str(grounds.temporary)}

        copy_workspace(grounds.origin, grounds.copy)
        restricted = (sys.executable, "-I", "-S", landlock_exec.__file__, *_grants(grounds), "--")
        try:
            yield Place(
                origin=str(grounds.origin),
                workspace=str(grounds.copy),
                watched=str(grounds.copy),
                wrap=(*restricted, *bounds(grounds.limits)),
                level=self.level,
                session_folder=str(grounds.session),
                environment=environment,
                network=grounds.network,
                time_s=grounds.limits.time_s,
            )
        finally:
            # Nothing but their environment tells which processes are the shadow's.
            end_processes(grounds.base)


def _grants(grounds: Grounds) -> Iterator[str]:
    yield from ("--list", "/")
    for path in (grounds.copy, grounds.temporary, grounds.session):
        yield from ("--write", str(path))
    for device in DEVICES:
        yield from ("--device", device)
    for path in _readable(ROOT, (*grounds.hidden, *grounds.sockets, grounds.session.parent)):
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
