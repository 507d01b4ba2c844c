"""The index over all that was run and printed: one SQLite file in the home that can be deleted at any time.

It holds no text, but which four bytes in a row each recording has. SQLite's own index of texts does not serve: what was
deleted stays in its segments until these are merged, so a secret that was masked late would; it ends a text at a zero
byte; and other letters are alike to it than to `re`.
"""

import os
import sqlite3
from array import array
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

from capture.home import PRIVATE_FILE, Home
from capture.tape import grams

FILE = "search.sqlite3"
"""Its name in a home."""
LAYOUT = 1
"""An index of another layout is made again."""
CHECKED = 2_000
"""Recordings that have ended and are held against their files in one search: all where there are no more."""
_WAIT_S = 5.0
_PASSING = frozenset(
    {
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_PERM,
        sqlite3.SQLITE_NOMEM,
    }
)
"""Errors that say nothing against the file."""
_TABLES = (
    # The number of a run is that of its first document.
    """CREATE TABLE run (number INTEGER PRIMARY KEY, id TEXT UNIQUE, stamp TEXT, ended INTEGER, whole INTEGER,
    documents INTEGER)""",
    "CREATE INDEX going_on ON run (number) WHERE NOT ended",
    "CREATE INDEX partly ON run (number) WHERE NOT whole",
    "CREATE TABLE posting (part INTEGER, gram INTEGER, documents BLOB, PRIMARY KEY (part, gram)) WITHOUT ROWID",
    "CREATE TABLE state (stamp TEXT, others TEXT, forgotten INTEGER)",
    "INSERT INTO state VALUES ('', '', 0)",
    f"PRAGMA user_version = {LAYOUT}",
)


class Entry(NamedTuple):
    """A recording, as it is put in."""

    run_id: str
    stamp: str
    """Of its files, before they were read."""
    ended: bool
    """False: it may go on, or its end is only on the tape."""
    whole: bool
    """False: it holds more than is indexed."""
    documents: tuple["array[int]", ...]
    """The grams of each."""


class State(NamedTuple):
    """What there was when the folder of runs was listed last."""

    stamp: str = ""
    """Of that folder."""
    others: frozenset[str] = frozenset()
    """Names in it that are not in the index: what is being recorded, and what is no recording."""
    forgotten: int = 0
    """How often a run was taken out since, because it was changed."""


class TextIndex:
    """An open index; for one thread."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._index = connection

    def close(self) -> None:
        """Let go of the file."""
        self._index.close()

    @contextmanager
    def reading(self) -> Iterator[None]:
        """A block in which it does not change."""
        with self._transaction("BEGIN"):
            yield

    @contextmanager
    def writing(self) -> Iterator[None]:
        """A block in which nobody else writes; it is taken as a whole."""
        with self._transaction("BEGIN IMMEDIATE"):
            yield

    def state(self) -> State:
        """As it was noted last."""
        stamp, others, forgotten = self._index.execute("SELECT stamp, others, forgotten FROM state").fetchone()
        return State(stamp, frozenset(filter(None, others.split("/"))), forgotten)

    def note(self, state: State) -> None:
        """Note it, unless a run was forgotten since it was found out; in a block that writes."""
        row = (state.stamp, "/".join(sorted(state.others)), state.forgotten)
        self._index.execute("UPDATE state SET stamp = ?, others = ? WHERE forgotten = ?", row)

    def ids(self) -> list[str]:
        """The runs that it knows."""
        (held,) = self._index.execute("SELECT group_concat(id, '/') FROM run").fetchone()
        return held.split("/") if held else []

    def unknown(self, names: Iterable[str]) -> set[str]:
        """Those of some names that are no runs that it knows."""
        known = "SELECT 1 FROM run WHERE id = ?"
        return {name for name in names if self._index.execute(known, (name,)).fetchone() is None}

    def count(self, after: str = "") -> int:
        """How many it knows, or how many of them are newer than one."""
        (number,) = self._index.execute("SELECT count(*) FROM run WHERE id > ?", (after,)).fetchone()
        return int(number)

    def doubtful(self, start: int) -> list[tuple[str, str, bool]]:
        """Run, stamp and end of those that must be held against their files: all that may go on, and some that ended.

        Args:
            start: Any number of these; the others are from there on.
        """
        columns, end = "SELECT id, stamp, ended FROM run WHERE", max(1, self._end())
        rows = self._index.execute(f"{columns} NOT ended").fetchall()
        for where in ("number >= ?", "number < ?"):
            ended = f"{columns} ended AND {where} ORDER BY number LIMIT ?"
            rows += self._index.execute(ended, (start % end, max(0, CHECKED - len(rows)))).fetchall()
        return [(run_id, stamp, bool(ended)) for run_id, stamp, ended in rows]

    def holding(self, text: str) -> set[str]:
        """The runs that may hold a text; no other does."""
        spans = grams.wanted(text)
        found = {row[0] for row in self._index.execute("SELECT id FROM run WHERE NOT whole")}
        behind = 0
        for part in range(-(-self._end() // grams.PART)):
            for slot in grams.slots(self._documents(part, spans)):
                if (number := part * grams.PART + slot) >= behind:
                    run_id, first, documents = self._index.execute(
                        "SELECT id, number, documents FROM run WHERE number <= ? ORDER BY number DESC LIMIT 1",
                        (number,),
                    ).fetchone()
                    found.add(run_id)
                    behind = first + documents
        return found

    def _documents(self, part: int, spans: Sequence[tuple[int, int]]) -> int:
        found = -1
        for span in spans:
            either = 0
            for (documents,) in self._index.execute(
                "SELECT documents FROM posting WHERE part = ? AND gram BETWEEN ? AND ?", (part, *span)
            ):
                either |= grams.unpacked(documents)
            found &= either
            if not found:
                break
        return found

    def add(self, entries: Iterable[Entry]) -> None:
        """Put runs in, in place of what is known of them; in a block that writes."""
        new = [one for one in entries if not self._is_known(one)]
        self.forget(one.run_id for one in new)
        number = self._end()
        parts: defaultdict[int, defaultdict[int, list[int]]] = defaultdict(lambda: defaultdict(list))
        for one in new:
            # One without any text has a number all the same.
            count = max(1, len(one.documents))
            row = (number, one.run_id, one.stamp, one.ended, one.whole, count)
            self._index.execute("INSERT INTO run VALUES (?, ?, ?, ?, ?, ?)", row)
            for place, document in enumerate(one.documents, number):
                part, slot = divmod(place, grams.PART)
                postings = parts[part]
                for gram in document:
                    postings[gram].append(slot)
            number += count
        for part, postings in parts.items():
            self._index.executemany(
                "INSERT INTO posting VALUES (?, ?, ?) "
                "ON CONFLICT (part, gram) DO UPDATE SET documents = joined(documents, excluded.documents)",
                ((part, gram, grams.packed(postings[gram])) for gram in sorted(postings)),
            )

    def forget(self, run_ids: Iterable[str]) -> None:
        """Take runs out; nothing of them stays in the file; in a block that writes."""
        gone: defaultdict[int, int] = defaultdict(int)
        for run_id in run_ids:
            row = self._index.execute("SELECT number, documents FROM run WHERE id = ?", (run_id,)).fetchone()
            for place in range(row[0], row[0] + row[1]) if row else ():
                gone[place // grams.PART] |= 1 << place % grams.PART
            self._index.execute("DELETE FROM run WHERE id = ?", (run_id,))
        for part, bits in gone.items():
            rows = self._index.execute("SELECT gram, documents FROM posting WHERE part = ?", (part,)).fetchall()
            left = [(gram, known & ~bits) for gram, held in rows if (known := grams.unpacked(held)) & bits]
            self._index.executemany(
                "UPDATE posting SET documents = ? WHERE part = ? AND gram = ?",
                ((grams.packed_bits(rest), part, gram) for gram, rest in left if rest),
            )
            self._index.executemany(
                "DELETE FROM posting WHERE part = ? AND gram = ?", ((part, gram) for gram, rest in left if not rest)
            )

    def invalidate(self) -> None:
        """Let the folder of runs be listed anew by whoever searches next; in a block that writes."""
        self._index.execute("UPDATE state SET stamp = '', forgotten = forgotten + 1")

    def _is_known(self, one: Entry) -> bool:
        return (
            self._index.execute("SELECT 1 FROM run WHERE id = ? AND stamp = ?", (one.run_id, one.stamp)).fetchone()
            is not None
        )

    def _end(self) -> int:
        """The number behind the last document."""
        row = self._index.execute("SELECT number + documents FROM run ORDER BY number DESC LIMIT 1").fetchone()
        return int(row[0]) if row else 0

    @contextmanager
    def _transaction(self, begin: str) -> Iterator[None]:
        self._index.execute(begin)
        try:
            yield
            self._index.execute("COMMIT")
        except BaseException:
            if self._index.in_transaction:
                self._index.execute("ROLLBACK")
            raise


def opened(path: Path) -> TextIndex | None:
    """An index, made where there is none or a broken one; None where that can't be."""
    for _ in range(2):
        try:
            return TextIndex(_connected(path))
        except sqlite3.DatabaseError as error:
            if is_passing(error):
                return None
            remove(path)
    return None


def is_passing(error: sqlite3.DatabaseError) -> bool:
    """Whether an error is one of the moment or the place, and the file itself may be whole."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF in _PASSING


def forget(home: Home, run_ids: Iterable[str]) -> None:
    """Leave nothing of some runs in the index of a home: they are being changed, or deleted.

    Args:
        home: Any.
        run_ids: Whole.

    Raises:
        OSError: It can neither be written nor deleted.
    """
    path = home.path / FILE
    if not path.is_file():
        return
    try:
        with closing(_connected(path)) as connection:
            index = TextIndex(connection)
            with index.writing():
                index.forget(run_ids)
                index.invalidate()
    except sqlite3.DatabaseError:
        # Whatever is wrong with it: what was masked must not stay in it.
        remove(path)


def standing(home: Home) -> tuple[int, int] | None:
    """How many runs the index of a home knows, and its size in bytes; None where there is none that can be read."""
    path = home.path / FILE
    if not path.is_file():
        return None
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", timeout=_WAIT_S, uri=True)) as index:
            return TextIndex(index).count(), path.stat().st_size
    except (sqlite3.DatabaseError, OSError):
        return None


def remove(path: Path) -> None:
    """Delete an index."""
    for suffix in ("", "-journal"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)


def _connected(path: Path) -> sqlite3.Connection:
    if not path.exists():
        with suppress(OSError):
            os.close(os.open(path, os.O_CREAT | os.O_WRONLY | os.O_CLOEXEC, PRIVATE_FILE))
    index = sqlite3.connect(path, timeout=_WAIT_S, isolation_level=None)
    try:
        index.execute("PRAGMA secure_delete = ON")
        index.create_function("joined", 2, grams.joined, deterministic=True)
        if index.execute("PRAGMA user_version").fetchone()[0] != LAYOUT:
            _lay_out(index)
    except sqlite3.DatabaseError:
        index.close()
        raise
    return index


def _lay_out(index: sqlite3.Connection) -> None:
    index.execute("BEGIN IMMEDIATE")
    if index.execute("PRAGMA user_version").fetchone()[0] != LAYOUT:
        for name in ("run", "posting", "state"):
            index.execute(f"DROP TABLE IF EXISTS {name}")
        for statement in _TABLES:
            index.execute(statement)
    index.execute("COMMIT")
