"""Watches the files where each step begins: a whole home is too big to be watched at every prompt."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from capture.files.effects import Hints, Workspace
from capture.files.ignore import Ignore
from capture.trace import FileEffect, SeenFile

LARGEST_TREE = 2_000
"""Entries of the biggest tree that is watched."""


class Moved(Protocol):
    """Told when other files are watched from now on."""

    def __call__(self, workspace: str, seen: tuple[SeenFile, ...], *, complete: bool) -> None:
        """Take the directory, and what is known to lie in it."""


class Roaming:
    """The files of the directory that the shell is in: of its git checkout, or of the directory itself.

    Args:
        ignore: What is left alone.
        user_home: Never watched, nor is anything above it.
        keep: Called with content that a step wrote.
        limit: Bytes a file up to which `keep` is called.
        moved: Told of each directory that is watched from then on, or that is too big.
    """

    def __init__(
        self, ignore: Ignore, *, user_home: str, keep: Callable[[bytes], None], limit: int, moved: Moved
    ) -> None:
        self._ignore = ignore
        self._user_home = user_home
        self._keep = keep
        self._limit = limit
        self._moved = moved
        self._root: str | None = None
        self._files: Workspace | None = None

    def enter(self, cwd: str) -> None:
        """The next step begins here."""
        root = root_of(cwd, self._user_home)
        place = root or cwd
        if place == self._root:
            return
        self._root, self._files = place, None
        seen: tuple[SeenFile, ...] = ()
        if root is not None and is_small(root, self._ignore):
            self._files = Workspace(Path(root), self._ignore, keep=self._keep, limit=self._limit)
            seen, _ = self._files.baseline(budget=0)
        self._moved(place, seen, complete=False)

    def changes(self, hints: Hints) -> tuple[FileEffect, ...]:
        """What the step that has ended changed; too many changes end the watching."""
        del hints
        if self._files is None:
            return ()
        effects = self._files.changes(Hints(overflow=True))
        # At once: what is kept belongs to the piece of the recording that the step ends in.
        self._files.settle()
        if len(effects) > LARGEST_TREE or self._files.size > LARGEST_TREE:
            self._files = None
        return () if len(effects) > LARGEST_TREE else effects

    @property
    def waiting(self) -> bool:
        """Nothing waits: contents are kept as they are found."""
        return False

    def settle(self, most: int | None = None) -> None:
        """Nothing is left to do."""

    def saw(self, cwd: str) -> bool:
        """Whether the files of a step that began here are watched."""
        if self._files is None or self._root is None:
            return False
        return Path(os.path.realpath(cwd)).is_relative_to(self._root)


def root_of(cwd: str, user_home: str) -> str | None:
    """The directory to watch for a step that begins somewhere.

    Args:
        cwd: Where.
        user_home: The user's home directory.

    Returns:
        The top of the git checkout that it lies in, or itself; None when that is the home, or above it.
    """
    here = Path(os.path.realpath(cwd))
    home = Path(os.path.realpath(user_home or "/"))
    top = next((path for path in (here, *here.parents) if (path / ".git").exists()), here)
    root = here if home.is_relative_to(top) else top
    return None if home.is_relative_to(root) else str(root)


def is_small(root: str, ignore: Ignore) -> bool:
    """Whether a tree has few enough entries to be looked at after each command; stops counting when it has not."""
    found = 0
    for folder, directories, files in os.walk(root):
        inside = os.path.relpath(folder, root)
        directories[:] = [
            name
            for name in directories
            if not ignore.matches(name if inside == "." else f"{inside}/{name}", directory=True)
        ]
        found += len(directories) + len(files)
        if found > LARGEST_TREE:
            return False
    return True
