"""Lists folders again only once a name in them has come or gone, so that a look costs two calls a playbook."""

import os
import stat
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

SETTLED_S = 2.0
"""A folder that changed less than this ago may change again without that its time does (FAT counts in 2 s)."""

Stat = tuple[int, int]
"""A file's size in bytes and when it was changed, in nanoseconds."""


class _Listed(NamedTuple):
    identity: tuple[int, int, int]
    """Of the folder, when it was listed."""
    paths: tuple[str, ...]


class Listing:
    """The files in folders of a home.

    Args:
        root: The home's folder.
        wanted: Whether a path is looked at at all.
        clock: Seconds since 1970, as files have them.
    """

    def __init__(self, root: Path, wanted: Callable[[str], bool], *, clock: Callable[[], float] = time.time) -> None:
        self._root = str(root)
        self._wanted = wanted
        self._clock = clock
        self._listed: dict[str, _Listed] = {}

    def files(self, folder: str, *, deep: bool) -> Iterator[tuple[str, Stat]]:
        """The wanted files in a folder, by name.

        Args:
            folder: Relative to the home.
            deep: They are in its folders, and none in itself.
        """
        for one in self._inside(folder, lambda _: True) if deep else (folder,):
            for path in self._inside(one, self._wanted):
                found = self._stat(path)
                if found is not None and stat.S_ISREG(found.st_mode):
                    yield path, (found.st_size, found.st_mtime_ns)

    def _inside(self, folder: str, wanted: Callable[[str], bool]) -> tuple[str, ...]:
        """What is in a folder, relative to the home."""
        found = self._stat(folder)
        if found is None or not stat.S_ISDIR(found.st_mode):
            return ()
        identity = found.st_ino, found.st_mtime_ns, found.st_ctime_ns
        known = self._listed.get(folder)
        if known is not None and known.identity == identity:
            return known.paths
        settled = self._clock() - found.st_mtime > SETTLED_S
        names = sorted(os.listdir(f"{self._root}/{folder}"))  # noqa: PTH208 - a path for each name takes far longer
        paths = tuple(path for path in (f"{folder}/{name}" for name in names) if wanted(path))
        if settled:
            self._listed[folder] = _Listed(identity, paths)
        return paths

    def _stat(self, path: str) -> os.stat_result | None:
        try:
            return os.stat(f"{self._root}/{path}")  # noqa: PTH116 - as above
        except (FileNotFoundError, NotADirectoryError):
            return None
