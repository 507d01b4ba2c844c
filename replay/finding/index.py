"""The index over playbooks: one SQLite file in the home that can be deleted at any time and is built again."""

import contextlib
import os
import sqlite3
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import accumulate
from pathlib import Path
from typing import Any

from capture.home import PRIVATE_FILE
from replay.finding import words
from replay.finding.values import Match, Standing, Text
from replay.playbook import VersionStatus

FILE = "finding.sqlite3"
"""Its name in a home."""
LAYOUT = 1
"""An index of another layout is built again."""
WEIGHTS = (6.0, 8.0, 1.0, 2.0)
"""What a word counts in name, goal, steps and parameters."""
COMMON = 1_000
"""Playbooks that a search looks at, by its rarest words: what nearly all have says little and takes long."""
_WAIT_S = 10.0
_TABLES = (
    "CREATE TABLE state (stamp TEXT)",
    """CREATE TABLE playbook (id INTEGER PRIMARY KEY, name TEXT UNIQUE, version INTEGER, digest TEXT, status TEXT,
    goal TEXT, succeeded INTEGER, tried INTEGER, active INTEGER)""",
    "CREATE VIRTUAL TABLE words USING fts5(name, goal, steps, parameters, tokenize='unicode61')",
    "CREATE VIRTUAL TABLE counted USING fts5vocab(words, row)",
    f"PRAGMA user_version = {LAYOUT}",
)
_DISTANCE = f"bm25(words, {', '.join(map(str, WEIGHTS))})"
_COLUMNS = "name, version, digest, status, goal, succeeded, tried"
_FIND = f"""
SELECT playbook.name, version, digest, status, playbook.goal, succeeded, tried, {_DISTANCE} AS distance
FROM words CROSS JOIN playbook ON playbook.id = words.rowid WHERE words MATCH ? ORDER BY active DESC, distance LIMIT ?
"""  # noqa: S608 - nothing in it comes from outside


class Index:
    """Words of playbooks, and where each stands; safe in several threads and processes."""

    def __init__(self, path: Path) -> None:
        """Nothing is opened yet.

        Args:
            path: Of the file; one that can't be written is held in memory instead.
        """
        self._path = path
        self._opened: sqlite3.Connection | None = None
        self._lock = threading.RLock()

    def close(self) -> None:
        """Let go of the file."""
        with self._lock:
            if self._opened is not None:
                self._opened.close()
            self._opened = None

    def is_of(self, stamp: str) -> bool:
        """Whether it holds what there was when this was the stamp of all playbooks and replays."""
        with self._reading() as index:
            return index.execute("SELECT 1 FROM state WHERE stamp = ?", (stamp,)).fetchone() is not None

    def update(self, stamp: str, there: Iterable[Standing], text: Callable[[Standing], Text]) -> int:
        """Take in what has changed.

        Args:
            stamp: Of all that is there now.
            there: Every playbook; one that is not among them is forgotten.
            text: Reads a version; asked only for those that are new or have another digest.

        Returns:
            How many were read.
        """
        with self._reading() as index, _transaction(index):
            known = {row[0]: row for row in index.execute(f"SELECT {_COLUMNS}, id FROM playbook")}  # noqa: S608 - fixed
            read = 0
            for one in there:
                before = known.pop(one.name, None)
                row = _row(one)
                if before is not None and before[:-1] == row:
                    continue
                if before is not None and (before[1:3], before[4]) == (row[1:3], row[4]):
                    _put(index, before[-1], one)
                    continue
                read += 1
                _insert(index, before and before[-1], one, text(one))
            for gone in known.values():
                _forget(index, gone[-1])
            index.execute("DELETE FROM state")
            index.execute("INSERT INTO state VALUES (?)", (stamp,))
            return read

    def find(self, wanted: Sequence[str], *, most: int) -> tuple[Match, ...]:
        """Playbooks with any of some words, those that are active first, then by relevance.

        Args:
            wanted: As `words.wanted` makes them; none finds nothing.
            most: So many at the most.
        """
        with self._reading() as index:
            there = _counted(index, wanted)
            # With all of them first: that is asked for soon, however many playbooks have each of them.
            rows = _rows(index, " AND ".join(_quoted(there)), most) if len(there) > 1 else []
            if there and len(rows) < most:
                rows += _rows(index, " OR ".join(_quoted(_rarest(there))), most)
        found = {row[0]: Match(standing=_standing(row[:-1]), relevance=round(-row[-1], 6)) for row in reversed(rows)}
        return tuple(reversed(found.values()))[:most]

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        """The index, built again where its file is damaged."""
        with self._lock:
            if self._opened is None:
                self._opened = self._open()
            yield self._opened

    def _open(self) -> sqlite3.Connection:
        try:
            return _opened(self._path)
        except sqlite3.OperationalError:
            # The disk is full or may not be written: what is found doesn't hang on a file that can be built again.
            return _opened(None)
        except sqlite3.DatabaseError:
            _delete(self._path)
            return _opened(self._path)


def _opened(path: Path | None) -> sqlite3.Connection:
    """A connection to an index of our layout; made when it is another one, or none."""
    if path is not None and not path.exists():
        with contextlib.suppress(OSError):
            os.close(os.open(path, os.O_CREAT | os.O_WRONLY, PRIVATE_FILE))
    index = sqlite3.connect(path or ":memory:", timeout=_WAIT_S, isolation_level=None, check_same_thread=False)
    try:
        index.execute("PRAGMA synchronous = OFF")
        if index.execute("PRAGMA user_version").fetchone()[0] != LAYOUT:
            with _transaction(index):
                if index.execute("PRAGMA user_version").fetchone()[0] != LAYOUT:
                    for name in ("state", "playbook", "counted", "words"):
                        index.execute(f"DROP TABLE IF EXISTS {name}")
                    for statement in _TABLES:
                        index.execute(statement)
        index.execute("SELECT count(*) FROM state").fetchone()
    except sqlite3.DatabaseError:
        index.close()
        raise
    return index


def _counted(index: sqlite3.Connection, wanted: Sequence[str]) -> dict[str, int]:
    """In how many playbooks each word is, rarest first; those that are in none are left out."""
    counted = ((index.execute("SELECT doc FROM counted WHERE term = ?", (word,)).fetchone(), word) for word in wanted)
    return {word: count for count, word in sorted((row[0], word) for row, word in counted if row)}


def _rarest(counted: Mapping[str, int]) -> list[str]:
    """The words up to where they are in `COMMON` playbooks together, the first at any rate."""
    among = accumulate(counted.values())
    return [
        word for number, (word, sum_) in enumerate(zip(counted, among, strict=True)) if not number or sum_ <= COMMON
    ]


def _quoted(wanted: Iterable[str]) -> list[str]:
    return [f'"{word}"' for word in wanted]


def _rows(index: sqlite3.Connection, query: str, most: int) -> list[Any]:
    return index.execute(_FIND, (query, most)).fetchall()


@contextmanager
def _transaction(index: sqlite3.Connection) -> Iterator[None]:
    index.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        index.execute("ROLLBACK")
        raise
    index.execute("COMMIT")


def _delete(path: Path) -> None:
    for suffix in ("", "-journal"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)


def _row(one: Standing) -> tuple[str | int, ...]:
    return one.name, one.version, one.digest, str(one.status), one.goal, one.succeeded, one.tried


def _standing(row: Sequence[str | int]) -> Standing:
    name, version, digest, status, goal, succeeded, tried = row
    return Standing(
        name=str(name),
        version=int(version),
        digest=str(digest),
        status=VersionStatus(str(status)),
        goal=str(goal),
        succeeded=int(succeeded),
        tried=int(tried),
    )


def _put(index: sqlite3.Connection, number: int, one: Standing) -> None:
    index.execute("REPLACE INTO playbook VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", (number, *_row(one), int(one.active)))


def _insert(index: sqlite3.Connection, number: int | None, one: Standing, text: Text) -> None:
    if number is not None:
        _forget(index, number)
    written = index.execute(
        "INSERT INTO words (name, goal, steps, parameters) VALUES (?, ?, ?, ?)",
        [" ".join(words.stems(each)) for each in (one.name, one.goal, text.steps, text.parameters)],
    )
    _put(index, int(written.lastrowid or 0), one)


def _forget(index: sqlite3.Connection, number: int) -> None:
    index.execute("DELETE FROM playbook WHERE id = ?", (number,))
    index.execute("DELETE FROM words WHERE rowid = ?", (number,))
