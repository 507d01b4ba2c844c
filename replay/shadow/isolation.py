"""What every way of isolating a shell has in common."""

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


@dataclass(frozen=True, kw_only=True)
class Grounds:
    """The folders that one shadow is made of.

    Attributes:
        origin: The real workspace, absolute, links resolved.
        base: The shadow's own private folder; everything in it goes with the shadow.
        session: The folder that the recording host and the shell share.
        hidden: Paths that must not be seen from within.
        home: The user's home directory.
        needed: What else the shell must be able to read, wherever it lies: the folders of its commands.
    """

    origin: Path
    base: Path
    session: Path
    hidden: tuple[Path, ...] = ()
    home: Path
    needed: tuple[Path, ...] = field(default=())

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

    def available(self) -> bool:
        """Whether the machine has what it takes; a real attempt follows."""
        ...

    def place(self, grounds: Grounds) -> Place:
        """How a shell is started over a copy that is there already."""
        ...
