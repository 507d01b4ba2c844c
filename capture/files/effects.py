"""Says exactly which files a step changed: events only hint where to look, two snapshots are the truth."""

import os
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from capture.files.ignore import Ignore
from capture.files.roots import on_disk
from capture.files.snapshot import Entry, Listing, Scanner, Tree, below
from capture.trace import EffectOp, FileEffect, SeenFile

KEEP_LIMIT = 1 << 20
"""Bytes of content a file that are kept."""
WAITING_LIMIT = 64 << 20
"""Bytes of content that wait in memory to be kept."""
RESCAN_LIMIT = 5_000
"""Entries up to which the whole tree is looked at after each step."""
BASELINE_FILES = 20_000
"""Entries of the first view that are listed."""
BASELINE_BYTES = 256 << 20
"""Bytes of content that the first view hashes."""
FOUND_BYTES = 8 * 1024 * 1024
"""Bytes of memory for what was there from the beginning, held to be kept once a step changes it."""
FOUND_OVERHEAD = 128
"""Bytes of memory that a held content takes besides itself: small files are many."""
FOUND_LIMIT = 64 * 1024
"""Bytes a file up to which it is held."""


@dataclass(frozen=True)
class Hints:
    """Where something has happened since the last look."""

    directories: frozenset[str] = frozenset()
    """Named as the view names them: relative to the root, or absolute outside of it."""
    overflow: bool = False
    """It is not known where: only a full look will do."""

    @property
    def quiet(self) -> bool:
        """Whether nothing has happened."""
        return not self.overflow and not self.directories


class Workspace:
    """The watched directory, and what was known of it at the last look.

    Args:
        root: The directory, as it is really on disk.
        ignore: What is left alone.
        also: Paths elsewhere that are watched too, as they are really on disk.
        keep: Called by `settle` with content that a step wrote, and with what it was written over; None when nothing is
            kept.
        limit: Bytes a file up to which `keep` is called.
        now_ns: The clock that the file system stamps with.
        enter: As in `Scanner`.
    """

    def __init__(  # noqa: PLR0913 - each is one part of the world
        self,
        root: Path,
        ignore: Ignore,
        *,
        also: Sequence[str] = (),
        keep: Callable[[bytes], None] | None = None,
        limit: int = KEEP_LIMIT,
        now_ns: Callable[[], int] = time.time_ns,
        enter: Callable[[str, int], None] = lambda _path, _device: None,
    ) -> None:
        self._root = on_disk(root)
        self._scanner = Scanner(
            self._root, ignore, now_ns, also=[_named(path, self._root) for path in also], enter=enter
        )
        self._keep = keep
        self._limit = limit if keep else 0
        self._waiting: deque[bytes] = deque()
        self._waiting_bytes = 0
        self._found: dict[str, bytes] = {}
        self._known: Tree = {}
        self._listing: Listing | None = None

    @property
    def size(self) -> int:
        """Entries at the last look."""
        return len(self._known)

    def baseline(self, *, budget: int = BASELINE_BYTES) -> tuple[tuple[SeenFile, ...], bool]:
        """Look at everything for the first time.

        Args:
            budget: Bytes of content that may be hashed.

        Returns:
            The files, and whether all of them are there with their digests.
        """
        complete, room = True, FOUND_BYTES if self._keep else 0
        self._known, self._listing = self._scanner.everything(before={}), None
        for path, entry in self._known.items():
            if not entry.has_content:
                continue
            budget -= entry.size
            limit = max(0, min(FOUND_LIMIT, room - FOUND_OVERHEAD))
            digest, content = self._scanner.content(path, entry, keep_limit=limit) if budget >= 0 else (None, None)
            if content and digest is not None and digest not in self._found:
                self._found[digest] = content
                room -= len(content) + FOUND_OVERHEAD
            complete = complete and digest is not None
            self._known[path] = entry._replace(digest=digest)
        seen = sorted(path for path in self._known if path)
        files = tuple(_seen(path, self._known[path]) for path in seen[:BASELINE_FILES])
        return files, complete and len(seen) <= BASELINE_FILES

    def changes(self, hints: Hints) -> tuple[FileEffect, ...]:
        """What has changed since the last look.

        Args:
            hints: Where to look in a tree too big to be looked at whole.

        Returns:
            One effect a path, sorted by path.
        """
        now = self._look_again(hints)
        if now is None:
            return ()
        past = _Past(self._known)
        moves = past.follow_moved_directories(now)
        effects = [_moved_directory(path, now[path], source) for path, source in moves]
        effects += self._compare(past, now, frozenset(path for path, _ in moves))
        self._known = now
        return tuple(sorted(effects, key=lambda effect: (effect.path, effect.op is not EffectOp.DELETED)))

    @property
    def waiting(self) -> bool:
        """Whether there is content to be kept."""
        return bool(self._waiting)

    def settle(self, most: int | None = None) -> None:
        """Hand what the looks found written to `keep`; thousands of files take longer than anybody should wait.

        Args:
            most: How many contents; None for all of them.
        """
        for _ in range(len(self._waiting) if most is None else min(most, len(self._waiting))):
            content = self._waiting.popleft()
            self._waiting_bytes -= len(content)
            if self._keep is not None:
                self._keep(content)

    def _look_again(self, hints: Hints) -> Tree | None:
        """The view of now; None when it is the last one."""
        if hints.overflow or len(self._known) <= RESCAN_LIMIT:
            self._listing = None
            return self._scanner.everything(before=self._known)
        if hints.quiet and not self._scanner.also:
            return None
        self._listing = self._listing or Listing(self._scanner, self._known)
        return self._listing.renewed(self._known, hints.directories)

    def _compare(self, past: "_Past", now: Tree, moved: frozenset[str]) -> Iterator[FileEffect]:
        gone = {path: was for path, was in past.tree.items() if path not in now}
        sources = {_trail(was): path for path, was in gone.items() if not was.is_directory}
        for path, entry in now.items():
            was = past.tree.get(path)
            if entry is was:
                continue
            if was is not None and entry.same_as(was) and not entry.racy and not was.racy:
                now[path] = was
            elif source := self._source(path, now, past, sources):
                del sources[_trail(entry)]
                if was is not None:
                    self._keep_found(was.digest, None)
                yield self._moved_file(path, now, gone.pop(source), past.origin.get(source, source), was)
            elif path and path not in moved:
                yield from self._changed(path, now, was)
        for path, was in gone.items():
            self._keep_found(was.digest, None)
            yield _deleted(past.origin.get(path, path), was)

    def _source(self, path: str, now: Tree, past: "_Past", sources: dict["_Trail", str]) -> str | None:
        """The path that a file was moved from; equal content tells a moved inode from one that was given out again."""
        entry, was = now[path], past.tree.get(path)
        source = sources.get(_trail(entry))
        if source is None or entry.is_directory or (was is not None and was.identity == entry.identity):
            return None
        known = past.tree[source].digest
        if known is None or known == self._scanner.content(path, entry, keep_limit=0)[0]:
            return source
        return None

    def _moved_file(self, path: str, now: Tree, was: Entry, origin: str, over: Entry | None) -> FileEffect:
        digest = self._digest(path, now, was.digest)
        moved = _effect(path, EffectOp.MOVED, now[path], before=was.digest, after=digest, moved_from=origin)
        return moved if over is None else msgspec.structs.replace(moved, replaced=over.digest or "")

    def _changed(self, path: str, now: Tree, was: Entry | None) -> Iterator[FileEffect]:
        entry = now[path]
        if was is not None and was.is_directory != entry.is_directory:
            yield _deleted(path, was)
            was = None
        known = was.digest if was else None
        digest = self._digest(path, now, known)
        if was is None:
            yield _effect(path, EffectOp.CREATED, entry, before=None, after=digest)
        elif _rewritten(was, now[path]):
            self._keep_found(known, digest)
            yield _effect(path, EffectOp.MODIFIED, entry, before=known, after=digest)
        elif was.mode != entry.mode:
            yield _effect(path, EffectOp.CHMOD, entry, before=known, after=digest)

    def _digest(self, path: str, now: Tree, known: str | None) -> str | None:
        """The digest of what is there now; content that is new is kept."""
        entry = now[path]
        if not entry.has_content:
            return None
        digest, content = self._scanner.content(path, entry, keep_limit=self._limit)
        now[path] = entry._replace(digest=digest)
        if self._keep is not None and content is not None and digest != known:
            self._keep_later(content)
        return digest

    def _keep_found(self, digest: str | None, now: str | None) -> None:
        """What was there from the beginning is kept once it is there no more."""
        content = self._found.pop(digest, None) if digest is not None and digest != now else None
        if content is not None:
            self._keep_later(content)

    def _keep_later(self, content: bytes) -> None:
        self._waiting.append(content)
        self._waiting_bytes += len(content)
        if self._waiting_bytes > WAITING_LIMIT:
            self.settle()


class _Past:
    """The last view, under the names that today's view gives to directories that were moved as a whole."""

    def __init__(self, known: Tree) -> None:
        self.tree: Tree = known
        self.origin: dict[str, str] = {}

    def follow_moved_directories(self, now: Tree) -> list[tuple[str, str]]:
        """Target and source of each move, outermost first."""
        moves: list[tuple[str, str]] = []
        while pair := self._moved_pair(now):
            source, target = pair
            moves.append((target, self.origin.get(source, source)))
            self._rename(source, target)
        return moves

    def _moved_pair(self, now: Tree) -> tuple[str, str] | None:
        gone = {was.identity: path for path, was in self.tree.items() if path not in now and was.is_directory}
        if not gone:
            return None
        for target, entry in now.items():
            source = gone.get(entry.identity) if entry.is_directory and target not in self.tree else None
            if source is not None and self._is_same(source, target, now):
                return source, target
        return None

    def _is_same(self, source: str, target: str, now: Tree) -> bool:
        # A removed directory's inode is soon given out again: only its time, or a child that stayed, proves a move.
        if self.tree[source].mtime_ns == now[target].mtime_ns:
            return True
        return any(
            (was := self.tree.get(source + path[len(target) :])) is not None and was.identity == entry.identity
            for path, entry in below(now, target)
        )

    def _rename(self, source: str, target: str) -> None:
        renamed: Tree = {}
        for path, was in self.tree.items():
            inside = path == source or path.startswith(f"{source}/")
            name = target + path[len(source) :] if inside else path
            renamed[name] = was
            if inside:
                self.origin[name] = self.origin.pop(path, path)
        self.tree = renamed


def _rewritten(was: Entry, entry: Entry) -> bool:
    """Whether content was written, be it the same again; what only the inode went through doesn't count."""
    if entry.format != was.format:
        return True
    if not entry.has_content:
        return False
    if entry.mtime_ns != was.mtime_ns or entry.size != was.size:
        return True
    if entry.digest is None or was.digest is None:
        return entry.identity != was.identity or (entry.mode == was.mode and entry.ctime_ns != was.ctime_ns)
    return entry.digest != was.digest


_Trail = tuple[tuple[int, int], int, int, int]


def _trail(entry: Entry) -> _Trail:
    """What a file keeps when it is renamed."""
    return entry.identity, entry.format, entry.size, entry.mtime_ns


def _effect(
    path: str,
    op: EffectOp,
    entry: Entry,
    *,
    before: str | None,
    after: str | None,
    moved_from: str | None = None,
) -> FileEffect:
    return FileEffect(
        path=shown_name(path),
        op=op,
        type=entry.type,
        before=before,
        after=after,
        size=None if entry.is_directory else entry.size,
        mode=entry.mode,
        moved_from=None if moved_from is None else shown_name(moved_from),
    )


def _moved_directory(path: str, entry: Entry, origin: str) -> FileEffect:
    return _effect(path, EffectOp.MOVED, entry, before=None, after=None, moved_from=origin)


def _deleted(path: str, was: Entry) -> FileEffect:
    return FileEffect(path=shown_name(path), op=EffectOp.DELETED, type=was.type, before=was.digest)


def _seen(path: str, entry: Entry) -> SeenFile:
    return SeenFile(path=shown_name(path), type=entry.type, sha256=entry.digest, mode=entry.mode)


def _named(path: str, root: str) -> str:
    """How a view names an absolute path."""
    real = os.path.realpath(path)
    return real[len(root) + 1 :] if real.startswith(f"{root}/") else real


def shown_name(path: str) -> str:
    r"""A name that is not UTF-8 can't stand in a message or a document as it is.

    Args:
        path: As the file system's names are read here.

    Returns:
        The same, with what is no UTF-8 as `\xNN`.
    """
    return os.fsencode(path).decode("utf-8", "backslashreplace")
