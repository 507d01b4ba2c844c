"""Sees a directory tree as it is: one stat an entry, links not followed, content hashed only where it is asked for."""

import os
import stat
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

from capture.ignore import Ignore
from capture.trace import FileType

HASHED_FILE_LIMIT = 64 << 20
"""Bytes: what is bigger is known by its stat only."""
TICK_NS = 100_000_000
"""A file changed less than this before it was looked at may change again without its times showing it."""

_STATS = 6  # the fields of an entry that a stat call gave
_TYPES = {stat.S_IFREG: FileType.FILE, stat.S_IFDIR: FileType.DIRECTORY, stat.S_IFLNK: FileType.SYMLINK}


class Entry(NamedTuple):
    """One path as a stat call saw it."""

    identity: tuple[int, int]
    """Device and inode."""
    format: int
    """The file type bits of its mode."""
    mode: int
    """Permission bits."""
    size: int
    """Bytes."""
    mtime_ns: int
    """Content last written, or so it says."""
    ctime_ns: int
    """Inode last changed; nobody can set it back."""
    racy: bool
    """Changed so shortly before it was seen that its times prove nothing."""
    digest: str | None = None
    """`sha256:…` of its content, where it was asked for and could be read."""

    @property
    def type(self) -> FileType:
        """What it is."""
        return _TYPES.get(self.format, FileType.OTHER)

    @property
    def is_directory(self) -> bool:
        """Whether it is a directory."""
        return self.format == stat.S_IFDIR

    @property
    def has_content(self) -> bool:
        """Whether a digest of it means something."""
        return self.format in (stat.S_IFREG, stat.S_IFLNK)

    def same_as(self, other: "Entry") -> bool:
        """Whether both stats are equal; whether it is racy, or has a digest, doesn't count."""
        return self[:_STATS] == other[:_STATS]


Tree = dict[str, Entry]
"""Path relative to the root, with forward slashes, to what was seen there; the root itself is `""`."""


class Scanner:
    """Looks at the entries under one root.

    Args:
        root: The directory.
        ignore: What is left alone.
        now_ns: The clock that the file system stamps with.
    """

    def __init__(self, root: str, ignore: Ignore, now_ns: Callable[[], int]) -> None:
        self._root = root
        self._ignore = ignore
        self._now_ns = now_ns
        self._folders = frozenset(os.path.realpath(folder) for folder in ignore.folders)

    def absolute(self, path: str) -> str:
        """Where a relative path lies."""
        return f"{self._root}/{path}" if path else self._root

    def tree(self, start: str = "", *, before: Tree | None = None) -> Tree:
        """Everything at and under a path.

        Args:
            start: Relative to the root.
            before: The last view: what lies under a directory that can't be read any more is taken from it.

        Returns:
            Nothing when the path is not there.
        """
        found: Tree = {}
        top = self.look(start)
        if top is None:
            return found
        found[start] = top
        pending = [start] if top.is_directory else []
        while pending:
            directory = pending.pop()
            children = self.children(directory)
            if children is None:
                found.update(below(before or {}, directory))
                continue
            found.update(children)
            pending.extend(path for path, entry in children.items() if entry.is_directory)
        return found

    def look(self, path: str) -> Entry | None:
        """One path, or None when it is not there."""
        try:
            status = os.lstat(self.absolute(path))
        except OSError:
            return None
        return _entry(status, self._now_ns() - TICK_NS)

    def children(self, directory: str) -> Tree | None:
        """The direct entries of a directory; None when they can't be listed."""
        prefix = f"{directory}/" if directory else ""
        settled = self._now_ns() - TICK_NS
        found: Tree = {}
        try:
            with os.scandir(self.absolute(directory)) as entries:
                for item in entries:
                    is_directory = item.is_dir(follow_symlinks=False)
                    path = prefix + item.name
                    if self._ignore.matches(path, directory=is_directory) or (
                        is_directory and self._is_ignored_folder(item.path)
                    ):
                        continue
                    try:
                        found[path] = _entry(item.stat(follow_symlinks=False), settled)
                    except FileNotFoundError:
                        continue
        except PermissionError:
            return None
        except OSError:
            return {}
        return found

    def _is_ignored_folder(self, path: str) -> bool:
        return bool(self._folders) and os.path.realpath(path) in self._folders

    def content(self, path: str, entry: Entry, *, keep_limit: int) -> tuple[str | None, bytes | None]:
        """The digest of a file's or link's content.

        Args:
            path: Relative to the root.
            entry: What it was seen to be.
            keep_limit: Content of a file up to this size is handed back too.

        Returns:
            The digest, None when it can't be read, is too big or is no file; and the content, where asked for.
        """
        try:
            if entry.format == stat.S_IFLNK:
                return digest_of(os.fsencode(Path(self.absolute(path)).readlink())), None
            if entry.format != stat.S_IFREG or entry.size > HASHED_FILE_LIMIT:
                return None, None
            return _read(self.absolute(path), keep_limit)
        except OSError:
            return None, None


class Listing:
    """A view that is brought up to date directory by directory, for trees too big to be looked at whole.

    Args:
        scanner: Looks.
        known: The last view; left as it is.
    """

    def __init__(self, scanner: Scanner, known: Tree) -> None:
        self.tree: Tree = dict(known)
        """The view."""
        self._scanner = scanner
        self._children: dict[str, set[str]] = {}
        for path in known:
            self._add(path)

    def refresh(self, directory: str) -> None:
        """List a directory again; directories that are new in it are looked at whole."""
        known = self.tree.get(directory)
        if known is None or not known.is_directory:
            return
        children = self._scanner.children(directory)
        if children is None:
            return
        for gone in self._children.get(directory, set()) - children.keys():
            self._forget(gone)
        for path, entry in children.items():
            old = self.tree.get(path)
            if entry.is_directory and (old is None or old.identity != entry.identity):
                self._forget(path)
                for found, seen in self._scanner.tree(path).items():
                    self.tree[found] = seen
                    self._add(found)
            else:
                self.tree[path] = entry
                self._add(path)

    def _add(self, path: str) -> None:
        if path:
            self._children.setdefault(parent(path), set()).add(path)

    def _forget(self, path: str) -> None:
        for child in self._children.pop(path, set()):
            self._forget(child)
        self._children.get(parent(path), set()).discard(path)
        self.tree.pop(path, None)


def parent(path: str) -> str:
    """The directory that a relative path lies in."""
    return path.rpartition("/")[0]


def digest_of(content: bytes) -> str:
    """`sha256:…` of some bytes."""
    return f"sha256:{sha256(content).hexdigest()}"


def below(tree: Tree, directory: str) -> Iterator[tuple[str, Entry]]:
    """What a tree holds under a directory, the directory itself left out."""
    prefix = f"{directory}/" if directory else ""
    return ((path, entry) for path, entry in tree.items() if path.startswith(prefix) and path != directory)


def _entry(status: os.stat_result, settled_ns: int) -> Entry:
    return Entry(
        (status.st_dev, status.st_ino),
        stat.S_IFMT(status.st_mode),
        stat.S_IMODE(status.st_mode),
        status.st_size,
        status.st_mtime_ns,
        status.st_ctime_ns,
        status.st_ctime_ns >= settled_ns,
    )


def _read(path: str, keep_limit: int) -> tuple[str | None, bytes | None]:
    # A name may have become a pipe since it was seen: opening one without O_NONBLOCK would wait for ever.
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            return None, None
        hashed, kept = sha256(), []
        size = 0
        while chunk := os.read(descriptor, 1 << 20):
            hashed.update(chunk)
            size += len(chunk)
            if size > HASHED_FILE_LIMIT:
                return None, None
            if size <= keep_limit:
                kept.append(chunk)
    finally:
        os.close(descriptor)
    return f"sha256:{hashed.hexdigest()}", b"".join(kept) if size <= keep_limit else None
