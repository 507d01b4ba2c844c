"""What every way of isolating a shell has in common."""

from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Protocol

from replay.place import Place


class Level(StrEnum):
    """How well a shadow is kept from the host, weakest first."""

    L0 = "L0"
    """Not at all: nothing is validated."""
    L1 = "L1"
    """Landlock over a copy at another path: no write elsewhere, no TCP; modes and times elsewhere are not guarded."""
    L2 = "L2"
    """bubblewrap over a copy at the same path: read-only root, no network, own processes."""
    L3 = "L3"
    """An overlay over the same path, and bubblewrap inside it."""


@dataclass(frozen=True)
class Limits:
    """What runs in a shadow may use.

    Attributes:
        memory: Bytes that its processes hold together.
        disk: Bytes that it writes.
        processes: How many it has at once.
        time_s: Seconds that a step may take.
    """

    memory: int
    disk: int
    processes: int
    time_s: float


@dataclass(frozen=True, kw_only=True)
class Grounds:
    """The folders that one shadow is made of.

    Attributes:
        origin: The real workspace, absolute, links resolved.
        base: The shadow's own private folder; everything in it goes with the shadow.
        session: The folder that the recording host and the shell share.
        hidden: Paths that must not be seen from within.
        sockets: Where others listen, which must not be reached; they come and go.
        home: The user's home directory.
        needed: What else the shell must be able to read, wherever it lies: the folders of its commands.
        limits: What may be used.
        network: Whether the host's network is reached from within.
        layered: Whether steps are to be taken back.
    """

    origin: Path
    base: Path
    session: Path
    hidden: tuple[Path, ...] = ()
    sockets: tuple[Path, ...] = ()
    home: Path
    needed: tuple[Path, ...] = field(default=())
    limits: Limits
    network: bool = False
    layered: bool = False

    @property
    def copy(self) -> Path:
        """The copy of the workspace."""
        return self.base / "workspace"

    @property
    def temporary(self) -> Path:
        """A folder for temporary files."""
        return self.base / "tmp"


class Isolation(Protocol):
    """One way to isolate a shell."""

    @property
    def level(self) -> Level:
        """How good it is."""
        ...

    def lacking(self) -> str | None:
        """What the machine must have and has not, as far as can be seen without trying; None: it may well work."""
        ...

    def open(self, grounds: Grounds) -> AbstractContextManager[Place]:
        """Make a shadow that stands as long as the context.

        Raises:
            HostError: It can't be made here, or not of this workspace.
            BadInputError: The workspace is too big for it.
        """
        ...
