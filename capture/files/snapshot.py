"""Sees a directory tree as it is: one stat an entry, links not followed, content hashed only where it is asked for."""

import os
import stat
from collections.abc import Callable, Iterable, Iterator, Sequence
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

from capture.files.ignore import Ignore
from capture.trace import FileType

HASHED_FILE_LIMIT = 64 << 20
"""Bytes: what is bigger is known by its stat only."""
TICK_NS = 100_000_000
"""A file changed less than this before it was looked at may change again without its times showing it."""

_PIECE = 1 << 20
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
    """Looks at the entries under one root, and at some that lie elsewhere.

    A path is relative to the root; one that begins with a slash lies outside of it.

    Args:
        root: The directory.
        ignore: What is left alone.
        now_ns: The clock that the file system stamps with.
        also: Further paths that are looked at: files or directories, there or not yet.
        enter: Told of each directory that is new or changed, and of its device, before it is listed.
    """

    def __init__(
        self,
        root: str,
        ignore: Ignore,
        now_ns: Callable[[], int],
        *,
        also: Sequence[str] = (),
        enter: Callable[[str, int], None] = lambda _path, _device: None,
    ) -> None:
        self._root = root
        self._ignore = ignore
        self._now_ns = now_ns
        self._enter = enter
        self.also = tuple(also)
        """Paths elsewhere that are looked at too."""
        # Found again from above, the root would be told twice.
        self._left_out = frozenset((root, *(os.path.realpath(folder) for folder in ignore.folders)))

    def absolute(self, path: str) -> str:
        """Where a path lies."""
        if path.startswith("/"):
            return path
        return f"{self._root}/{path}" if path else self._root

    def everything(self, *, before: Tree) -> Tree:
        """The whole view.

        Args:
            before: The last one.

        Returns:
            What lies under the root, and under the paths elsewhere.
        """
        found = self.tree(before=before)
        for path in self.also:
            found |= self.tree(path, before=before)
        return found

    def tree(self, start: str = "", *, before: Tree) -> Tree:
        """Everything at and under a path.

        Args:
            start: Where to begin.
            before: The last view: what is unchanged in it is handed back as it was, and so is what lies under a
                directory that can't be read any more.

        Returns:
            Nothing when the path is not there.
        """
        found: Tree = {}
        top = self.look(start, before=before)
        if top is None:
            return found
        found[start] = top
        pending = [start] if top.is_directory else []
        while pending:
            directory = pending.pop()
            children = self.children(directory, found[directory], before=before)
            if children is None:
                found.update(below(before, directory))
                continue
            found.update(children)
            pending.extend(path for path, entry in children.items() if entry.format == stat.S_IFDIR)
        return found

    def look(self, path: str, *, before: Tree) -> Entry | None:
        """One path, or None when it is not there."""
        try:
            status = os.lstat(self.absolute(path))
        except OSError:
            return None
        return _entry(status, self._now_ns() - TICK_NS, before.get(path))

    def children(self, directory: str, entry: Entry, *, before: Tree) -> Tree | None:
        """The direct entries of a directory; None when they can't be listed.

        Args:
            directory: Its path.
            entry: What it was seen to be.
            before: The last view.
        """
        if entry is not before.get(directory):
            self._enter(directory, entry.identity[0])
        prefix = f"{directory}/" if directory else ""
        settled = self._now_ns() - TICK_NS
        found: Tree = {}
        try:
            with os.scandir(self.absolute(directory)) as entries:
                for item in entries:
                    path = prefix + item.name
                    try:
                        status = item.stat(follow_symlinks=False)
                    except FileNotFoundError:
                        continue
                    was = before.get(path)
                    seen = _entry(status, settled, was)
                    if (was is None or was.format != seen.format) and self._is_left_out(path, item.name, seen):
                        continue
                    found[path] = seen
        except PermissionError:
            return None
        except OSError:
            return {}
        return found

    def _is_left_out(self, path: str, name: str, entry: Entry) -> bool:
        if entry.is_directory and self.absolute(path) in self._left_out:
            return True
        return self._ignore.takes(self._within(path), name, directory=entry.is_directory)

    def _within(self, path: str) -> str:
        """What the rules call a path: one elsewhere goes by its name under the path that was asked for."""
        if not path.startswith("/"):
            return path
        return next((path[len(top) + 1 :] for top in self.also if path.startswith(f"{top}/")), path)

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
                target = os.fsencode(Path(self.absolute(path)).readlink())
                return digest_of(target), target if len(target) <= keep_limit else None
            if entry.format != stat.S_IFREG or entry.size > HASHED_FILE_LIMIT:
                return None, None
            return _read(self.absolute(path), keep_limit)
        except OSError:
            return None, None


class Listing:
    """Brings a view up to date directory by directory, for trees too big to be looked at whole.

    Args:
        scanner: Looks.
        known: The first view.
    """

    def __init__(self, scanner: Scanner, known: Tree) -> None:
        self._scanner = scanner
        self._tree: Tree = {}
        self._known = known
        self._children: dict[str, set[str]] = {}
        for path in known:
            self._add(path)

    def renewed(self, known: Tree, directories: Iterable[str]) -> Tree:
        """List some directories again; those that are new in them are looked at whole.

        Args:
            known: The last view, with the very paths that this listing knows; left as it is.
            directories: Where something happened.

        Returns:
            The view of now.
        """
        self._known, self._tree = known, dict(known)
        for path in sorted({*directories, *self._scanner.also}):
            seen = self._scanner.look(path, before=known)
            if seen is None:
                self._forget(path)
            elif (path in self._tree or path in self._scanner.also) and not self._take(path, seen):
                self._list(path)
        return self._tree

    def _list(self, directory: str) -> None:
        entry = self._tree.get(directory)
        if entry is None or not entry.is_directory:
            return
        children = self._scanner.children(directory, entry, before=self._known)
        if children is None:
            return
        for gone in self._children.get(directory, set()) - children.keys():
            self._forget(gone)
        for path, seen in children.items():
            self._take(path, seen)

    def _take(self, path: str, entry: Entry) -> bool:
        """Put an entry in its place; returns whether it had to be looked at whole."""
        old = self._tree.get(path)
        if old is None or old.identity != entry.identity or old.format != entry.format:
            self._forget(path)
            for found, seen in self._scanner.tree(path, before={}).items():
                self._tree[found] = seen
                self._add(found)
            return True
        self._tree[path] = entry
        if entry.is_directory and old.mode != entry.mode:
            # It may not have been readable before.
            self._list(path)
        return False

    def _add(self, path: str) -> None:
        if path:
            self._children.setdefault(parent(path), set()).add(path)

    def _forget(self, path: str) -> None:
        for child in self._children.pop(path, set()):
            self._forget(child)
        self._children.get(parent(path), set()).discard(path)
        self._tree.pop(path, None)


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


def _entry(status: os.stat_result, settled_ns: int, was: Entry | None = None) -> Entry:
    """What a stat call saw; the very entry of the last view where that proves that nothing changed."""
    if (
        was is not None
        and was.ctime_ns == status.st_ctime_ns
        and was.mtime_ns == status.st_mtime_ns
        and was.size == status.st_size
        and not was.racy
        and was.identity == (status.st_dev, status.st_ino)
        and was.format | was.mode == status.st_mode
    ):
        return was
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
        # No bigger than the file: to make room for a mebibyte costs more than to read a small one.
        while chunk := os.read(descriptor, min(status.st_size + 1, _PIECE)):
            hashed.update(chunk)
            size += len(chunk)
            if size > HASHED_FILE_LIMIT:
                return None, None
            if size <= keep_limit:
                kept.append(chunk)
    finally:
        os.close(descriptor)
    return f"sha256:{hashed.hexdigest()}", b"".join(kept) if size <= keep_limit else None
