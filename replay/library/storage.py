"""TinyDB's storage made safe and quick: stock TinyDB loses rows to a second writer, and writes all for each change."""

import contextlib
import threading
from collections.abc import Collection, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

import msgspec
from tinydb.storages import Storage

from capture.errors import BadInputError, HostError
from replay.library.changes import Changes, Contents, Document, Line, Tables, encoded, whole_lines
from replay.library.durable import ProcessLock, append_synced, drop_partials, explained, replace_file

JOURNAL_SUFFIX = ".journal"
FOLD_BYTES = 128 * 1024
"""A shorter journal is not worth writing the catalog anew."""
FOLD_SHARE = 4
"""Nor is one that is a smaller part of the catalog than this one in so many."""
SMALL_BYTES = 1024 * 1024
"""A catalog up to here is written anew in a few milliseconds."""
_LOOKS = 100

_Identity = tuple[int, int, int, int]
_Stock = dict[str, dict[str, Document]]
"""As TinyDB gives and takes them: its document ids are strings."""


class CorruptCatalogError(BadInputError):
    """The catalog is not what it should be; it can be rebuilt from the files beside it."""


class _Seen(NamedTuple):
    """What was read of both files."""

    identity: _Identity
    """Of the catalog: it is replaced, never changed."""
    size: int
    """Of the catalog."""
    base: str
    """Its SHA-256."""
    contents: Contents
    read: int = 0
    """Bytes of the journal that are in the contents: whole lines."""
    stale: _Identity | None = None
    """Of a journal that was folded into this catalog and is still there: it counts for nothing."""


class LockedStorage(Storage):
    """The catalog as one JSON file, and beside it a journal of what has changed since that was written.

    A change appends one line to the journal; once that has grown, the catalog is replaced by one that holds it all.
    Whoever reads the catalog alone sees it whole, as it was then.

    Reads need no lock: they see the newest whole line. Writes happen inside `transaction()` only, which holds a
    lock between processes and threads from its first read to its last write, and writes once, at its end.
    """

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.path = self._path = path
        """Of the catalog."""
        self._journal = path.with_suffix(JOURNAL_SUFFIX)
        self._lock = ProcessLock(path.with_name(f"{path.name}.lock"))
        self._open = _OpenTransaction()
        self._seen: _Seen | None = None
        self._looking = threading.RLock()

    def read(self) -> _Stock | None:
        """All documents as TinyDB has them, the open transaction's among them; None when there is no catalog yet.

        Raises:
            CorruptCatalogError: The files hold something else.
        """
        with self._looking:
            seen = self._look()
            if seen is None and not self._open.changes:
                return None
            names = {*(seen.contents.tables() if seen else ()), *self._open.changes}
            # TinyDB changes what it was given.
            return {name: _copied(self._table(seen, name)) for name in names}

    def write(self, data: _Stock) -> None:
        """Take all documents as TinyDB would have them, to be written when the transaction ends."""
        if not self._open.depth:
            raise RuntimeError("a catalog write outside transaction() could lose another writer's rows")
        before = self.read() or {}
        for name in before.keys() | data.keys():
            old, new = before.get(name, {}), data.get(name, {})
            for place in old.keys() - new.keys():
                self._open.change(name, int(place), None, old[place])
            for place, document in new.items():
                if old.get(place) != document:
                    self._open.change(name, int(place), document, old.get(place))

    def documents(self, table: str) -> Collection[Document]:
        """The documents of a table.

        Raises:
            CorruptCatalogError: The files hold something else.
        """
        with self._looking:
            return self._table(self._look(), table).values()

    def document(self, table: str, row_id: str) -> Document | None:
        """The document with an `id`, found at once.

        Raises:
            CorruptCatalogError: The files hold something else.
        """
        with self._looking:
            place = self._place(table, row_id)
            if place is None:
                return None
            changed = self._open.changes.get(table, {})
            if place in changed:
                return changed[place]
            seen = self._look()
            return seen.contents.document(table, place) if seen else None

    def put(self, table: str, document: Document) -> None:
        """Insert a document, in the place of the one with its `id`."""
        with self._looking:
            place = self._place(table, document["id"])
            self._open.change(table, self._next(table) if place is None else place, document, None)

    def drop(self, table: str, row_id: str) -> None:
        """Forget the document with an `id`."""
        with self._looking:
            place = self._place(table, row_id)
            if place is not None:
                self._open.change(table, place, None, {"id": row_id})

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Make everything inside one change: all of it is written at the end, or nothing when an error leaves it.

        A transaction inside another joins it.

        Raises:
            CorruptCatalogError: The files hold something else.
            HostError: The lock was never free, or the disk said no.
        """
        if self._open.depth:
            yield
            return
        with self._lock.held():
            with self._looking:
                self._look()
            self._open.begin()
            try:
                yield
                changes = self._open.changes
            finally:
                self._open.end()
            if changes:
                with self._looking:
                    self._commit(changes)

    @property
    def within(self) -> bool:
        """Whether this thread is inside a transaction."""
        return bool(self._open.depth)

    def exclusive(self) -> AbstractContextManager[None]:
        """Keep all other writers out, for a change of the files themselves; transactions fit inside."""
        return self._lock.held()

    def set_aside(self, suffix: str) -> Path | None:
        """Move the files out of the way, keeping them.

        Args:
            suffix: What their names get behind `catalog.json.` and `catalog.journal.`, unique.

        Returns:
            Where the catalog is now; None when there was none.
        """
        with self._lock.held():
            asides = [path.with_name(f"{path.name}.{suffix}") for path in (self._path, self._journal)]
            # The catalog first: a journal that is left alone counts for nothing.
            for path, aside in zip((self._path, self._journal), asides, strict=True):
                with contextlib.suppress(FileNotFoundError):
                    path.replace(aside)
            return asides[0] if asides[0].exists() else None

    def settle(self) -> None:
        """Have a small catalog hold all that its journal says, for who opens only that.

        Raises:
            CorruptCatalogError: The files hold something else.
            HostError: The lock was never free, or the disk said no.
        """
        if not self._journal.exists():
            return
        with self._lock.held(), self._looking:
            seen = self._look()
            if seen is not None and seen.size <= SMALL_BYTES and (seen.read or seen.stale):
                self._fold(seen)

    # -- what is there

    def _table(self, seen: _Seen | None, name: str) -> Mapping[int, Document]:
        """A table with the open transaction's changes in it."""
        table: Mapping[int, Document] = seen.contents.table(name) if seen else {}
        changed = self._open.changes.get(name)
        if not changed:
            return table
        both = {**table, **changed}
        return {place: document for place, document in both.items() if document is not None}

    def _place(self, table: str, row_id: str) -> int | None:
        changed = self._open.places.get(table, {})
        if row_id in changed:
            return changed[row_id]
        seen = self._look()
        return seen.contents.place(table, row_id) if seen else None

    def _next(self, table: str) -> int:
        seen = self._look()
        last = seen.contents.last(table) if seen else 0
        return max(last, self._open.last.get(table, 0)) + 1

    # -- reading

    def _look(self) -> _Seen | None:
        """What the files hold, read again only as far as they have grown, or are other ones."""
        if self._open.depth and self._seen is not None:
            # Nobody else writes meanwhile.
            return self._seen
        try:
            if self._seen is not None and (grown := self._read_on(self._seen)) is not None:
                self._seen = grown
            else:
                self._seen = self._load()
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, ValueError) as error:
            self._seen = None
            raise CorruptCatalogError(f"{self._path} is damaged ({error}); the next start rebuilds it") from error
        return self._seen

    def _read_on(self, seen: _Seen) -> _Seen | None:
        """The same with what was appended since; None when the catalog is another one now."""
        if _identity(self._path) != seen.identity:
            return None
        journal = _identity(self._journal)
        if seen.stale is not None:
            return seen if journal == seen.stale else None
        size = journal[1] if journal else 0
        if size == seen.read:
            return seen
        lines, length = whole_lines(_tail(self._journal, seen.read))
        if size < seen.read or _identity(self._path) != seen.identity:
            return None
        if not seen.read and lines and lines[0].base != seen.base:
            return None
        _apply(seen.contents, lines)
        return seen._replace(read=seen.read + length)

    def _load(self) -> _Seen | None:
        """Both files, read at one moment between two writes of the catalog."""
        for _ in range(_LOOKS):
            identity = _identity(self._path)
            if identity is None:
                return None
            with contextlib.suppress(FileNotFoundError):
                content, journal = self._path.read_bytes(), _tail(self._journal, 0)
                its_identity = _identity(self._journal)
                if _identity(self._path) == identity:
                    return _both(identity, content, journal, its_identity)
        raise ValueError("it is replaced faster than it can be read")

    # -- writing; the lock is held

    def _commit(self, changes: Changes) -> None:
        seen, (line, told) = self._seen, encoded(Line(changes=changes))
        if seen is None:
            contents = Contents({})
            contents.apply(told.changes or {})
            self._replace(contents)
            return
        with explained(self._journal):
            if seen.stale is not None:
                self._journal.unlink(missing_ok=True)
            head = b"" if seen.read else encoded(Line(base=seen.base))[0]
            read = append_synced(self._journal, seen.read, head + line)
        seen.contents.apply(told.changes or {})
        self._seen = seen = seen._replace(read=read, stale=None)
        # What was removed must not go on to stand in a journal.
        forgets = any(document is None for changed in changes.values() for document in changed.values())
        if forgets or read > max(FOLD_BYTES, seen.size // FOLD_SHARE):
            # The change is kept; that there is no room to put it elsewhere as well undoes nothing.
            with contextlib.suppress(HostError):
                self._fold(seen)

    def _fold(self, seen: _Seen) -> None:
        """Write the catalog anew, with all that the journal says."""
        if seen.read:
            content = msgspec.json.encode(seen.contents.tables())
            with explained(self._journal):
                append_synced(self._journal, seen.read, encoded(Line(folded=_digest(content)))[0])
        self._replace(seen.contents)

    def _replace(self, contents: Contents) -> None:
        content = msgspec.json.encode(contents.tables())
        drop_partials(self._path)
        replace_file(self._path, content)
        # It says nothing any more from here on, also when this process dies now.
        self._journal.unlink(missing_ok=True)
        identity = _identity(self._path)
        self._seen = identity and _Seen(identity, len(content), _digest(content), contents)


class _OpenTransaction(threading.local):
    """What the current thread's transaction has changed."""

    depth = 0

    def __init__(self) -> None:
        self.end()

    def begin(self) -> None:
        self.depth = 1

    def end(self) -> None:
        self.depth = 0
        self.changes: Changes = {}
        self.places: dict[str, dict[str, int | None]] = {}
        self.last: dict[str, int] = {}

    def change(self, table: str, place: int, document: Document | None, known: Document | None) -> None:
        """Take a document as it shall be, or that it shall be gone."""
        if not self.depth:
            raise RuntimeError("a catalog write outside transaction() could lose another writer's rows")
        self.changes.setdefault(table, {})[place] = document
        places = self.places.setdefault(table, {})
        if known is not None:
            places[known["id"]] = None
        if document is not None:
            places[document["id"]] = place
        self.last[table] = max(self.last.get(table, 0), place)


def _both(identity: _Identity, content: bytes, journal: bytes, its_identity: _Identity | None) -> _Seen:
    """What catalog and journal together say.

    Raises:
        ValueError: One of them is damaged, or the journal is another catalog's.
    """
    contents = Contents(msgspec.json.decode(content, type=Tables))
    seen = _Seen(identity, len(content), _digest(content), contents)
    lines, length = whole_lines(journal)
    if lines and lines[-1].folded == seen.base:
        return seen._replace(stale=its_identity)
    if lines and lines[0].base != seen.base:
        raise ValueError("its journal belongs to another one")
    _apply(contents, lines)
    return seen._replace(read=length)


def _copied(table: Mapping[int, Document]) -> dict[str, Document]:
    return {str(place): dict(document) for place, document in table.items()}


def _digest(content: bytes) -> str:
    return sha256(content).hexdigest()


def _apply(contents: Contents, lines: list[Line]) -> None:
    for line in lines:
        if line.changes:
            contents.apply(line.changes)


def _tail(path: Path, offset: int) -> bytes:
    try:
        with path.open("rb") as file:
            file.seek(offset)
            return file.read()
    except FileNotFoundError:
        return b""


def _identity(path: Path) -> _Identity | None:
    try:
        status = path.stat()
    except FileNotFoundError:
        return None
    return status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns
