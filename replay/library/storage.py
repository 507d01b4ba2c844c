"""TinyDB's storage made safe: stock TinyDB loses rows to a second writer and the file to a kill or a full disk."""

import contextlib
import json
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import msgspec
from tinydb.storages import Storage

from capture.errors import BadInputError
from replay.library.durable import ProcessLock, drop_partials, replace_file

Tables = dict[str, dict[str, dict[str, Any]]]
"""Table name to document id to document: TinyDB's own layout, which stock TinyDB opens."""

_Identity = tuple[int, int, int, int]


class CorruptCatalogError(BadInputError):
    """The catalog is not what it should be; it can be rebuilt from the files beside it."""


class LockedStorage(Storage):
    """The catalog as one JSON file that is replaced whole.

    Reads need no lock: they see the newest whole document. Writes happen inside `transaction()` only, which holds a
    lock between processes and threads from its first read to its last write, and writes once, at its end.
    """

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._path = path
        self._lock = ProcessLock(path.with_name(f"{path.name}.lock"))
        self._open = _OpenTransaction()
        self._seen: tuple[_Identity, Tables] | None = None

    def read(self) -> Tables | None:
        """The document: the open transaction's own, else the file's; None when there is none yet.

        Raises:
            CorruptCatalogError: The file holds something else.
        """
        if self._open.depth:
            return self._open.tables
        return self._load()

    def write(self, data: Tables) -> None:
        """Take new content, to be written when the transaction ends."""
        if not self._open.depth:
            raise RuntimeError("a catalog write outside transaction() could lose another writer's rows")
        self._open.tables = data
        self._open.changed = True

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Make everything inside one change: all of it is written at the end, or nothing when an error leaves it.

        A transaction inside another joins it.

        Raises:
            CorruptCatalogError: The file holds something else.
            HostError: The lock was never free, or the disk said no.
        """
        if self._open.depth:
            yield
            return
        with self._lock.held():
            tables = self._load()
            # Others may be reading these.
            self._open.begin(tables and {name: dict(rows) for name, rows in tables.items()})
            try:
                yield
                if self._open.changed:
                    drop_partials(self._path)
                    changed = self._open.tables or {}
                    content, whole = _encode(changed)
                    replace_file(self._path, content)
                    self._seen = (_identity(self._path), changed) if whole else None
            finally:
                self._open.end()

    def exclusive(self) -> AbstractContextManager[None]:
        """Keep all other writers out, for a change of the file itself; transactions fit inside."""
        return self._lock.held()

    def set_aside(self, suffix: str) -> Path | None:
        """Move the file out of the way, keeping it.

        Args:
            suffix: What its name gets behind `catalog.json.`, unique.

        Returns:
            Where it is now; None when there was none.
        """
        with self._lock.held():
            aside = self._path.with_name(f"{self._path.name}.{suffix}")
            try:
                self._path.replace(aside)
            except FileNotFoundError:
                return None
            return aside

    def _load(self) -> Tables | None:
        """What the file holds, read again only where it is another one: a change replaces it."""
        seen = self._seen
        try:
            now = _identity(self._path)
            if seen is not None and seen[0] == now:
                return seen[1]
            content = self._path.read_bytes()
        except FileNotFoundError:
            return None
        try:
            tables = msgspec.json.decode(content, type=Tables)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise CorruptCatalogError(f"{self._path} is damaged ({error}); the next start rebuilds it") from error
        with contextlib.suppress(FileNotFoundError):
            # Replaced between the two looks, it would be taken for what it was.
            if _identity(self._path) == now:
                self._seen = now, tables
        return tables


class _OpenTransaction(threading.local):
    """What the current thread's transaction holds."""

    depth = 0
    tables: Tables | None = None
    changed = False

    def begin(self, tables: Tables | None) -> None:
        self.depth, self.tables, self.changed = 1, tables, False

    def end(self) -> None:
        self.depth, self.tables, self.changed = 0, None, False


def _identity(path: Path) -> _Identity:
    status = path.stat()
    return status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns


def _encode(tables: Tables) -> tuple[bytes, bool]:
    """The document as JSON, and whether that says all of it."""
    try:
        return msgspec.json.encode(tables), True
    except UnicodeEncodeError:
        # Names from a command line may hold half characters; JSON can't.
        return json.dumps(tables, ensure_ascii=False).encode("utf-8", "replace"), False
