"""Where a replay happens: the real workspace, or a shadow of it that the shell sees under its own path."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import PurePath

from replay.protocols import Layers

CHDIR = "--chdir"
"""Option of a wrapper, with the directory behind it in which it begins."""


def _same(environment: Mapping[str, str]) -> dict[str, str]:
    return dict(environment)


def _nothing() -> None:
    return None


@dataclass(frozen=True, kw_only=True)
class Place:
    """A workspace as the shell of a replay sees it, and as this process must look at it.

    Attributes:
        origin: The real workspace, absolute.
        workspace: The workspace as the shell sees it, absolute.
        watched: The folder that really holds it, absolute; another one in a shadow.
        wrap: What is put before the shell's command line to isolate it; it begins in the workspace.
        level: The shadow level; None on the real workspace.
        session_folder: A private folder that the isolated shell can reach; None: any will do.
        environment: Takes an environment and leaves out what must not be seen there.
        network: Whether the host's network is reached from there.
        time_s: Seconds that a step may take there which names no limit of its own.
        struck: Which limit of the shadow was hit since the step began, in words; None: none was.
        reached: Which limits of the shadow no more was to be had of since the step began; None: nobody can tell.
        layers: Takes steps back; None where that can't be done.
    """

    origin: str
    workspace: str
    watched: str
    wrap: tuple[str, ...] = ()
    level: str | None = None
    session_folder: str | None = None
    environment: Callable[[Mapping[str, str]], dict[str, str]] = _same
    network: bool = True
    time_s: float = 600.0
    struck: Callable[[], str | None] = _nothing
    reached: Callable[[], frozenset[str] | None] = _nothing
    layers: Layers | None = None

    def wrapped(self, cwd: str) -> tuple[str, ...]:
        """What is put before the command line of a shell that begins in a directory, which may exist there alone."""
        if CHDIR not in self.wrap:
            return self.wrap
        at = self.wrap.index(CHDIR) + 1
        return (*self.wrap[:at], cwd, *self.wrap[at + 1 :])

    def real(self, path: str) -> str:
        """Where a path that the shell names is found by this process."""
        return _rebased(path, self.workspace, self.watched)

    def inside(self, path: str) -> str:
        """What the shell must call a path of the real workspace."""
        return _rebased(path, self.origin, self.workspace)


def here(workspace: str) -> Place:
    """The real workspace itself."""
    return Place(origin=workspace, workspace=workspace, watched=workspace)


def _rebased(path: str, before: str, after: str) -> str:
    if before == after:
        return path
    found = PurePath(path)
    return str(PurePath(after, found.relative_to(before))) if found.is_relative_to(before) else path
