"""Which recordings a search has to read: those that may hold the text, and those that the index doesn't know yet."""

import os
import secrets
import sqlite3
import time
from collections.abc import Sequence
from itertools import islice
from types import TracebackType
from typing import Self

from capture.errors import UnknownNameError
from capture.home import Home
from capture.tape import grams, reader, text_index
from capture.tape.glance import Glance, glance
from capture.tape.presence import is_held
from capture.tape.searching import texts
from capture.tape.text_index import Entry, State
from capture.tape.writer import LOCK, RAW, TRACE
from capture.trace import RunStatus

MOST_DOCUMENTS = 64
"""Of one recording; one that has more is read in every search."""
HELD = 500_000
"""Grams that are held back until they are written together."""
SETTLES_NS = 2_000_000_000
"""A folder that was changed more lately may be changed again without another time on it."""


class Survey:
    """The recordings of one search. Use it in a `with`: behind it, what was read is in the index, however it was left.

    Args:
        home: Whose recordings.
        text: As for `Needle`.
    """

    def __init__(self, home: Home, text: str) -> None:
        self.runs: Sequence[str] = ()
        """What is to be read, newest first."""
        self.unread: frozenset[str] = frozenset()
        """Those of them that are not in the index, or not as they are now; some may be no recordings."""
        self.read = 0
        """How many of these were read."""
        self._home, self._text = home, text
        self._path = home.path / text_index.FILE
        self._at = self._stamp = ""
        self._held, self._size = list[Entry](), 0
        self._count = self._passed = self._added = 0
        self._others, self._gone = frozenset[str](), set[str]()
        self._seen = self._state = State()

    def __enter__(self) -> Self:
        self._index = text_index.opened(self._path)
        for _ in range(2):
            try:
                self._look()
            except sqlite3.DatabaseError as error:
                self._give_up(error)
                self._index = None if text_index.is_passing(error) else text_index.opened(self._path)
            else:
                return self
        self._give_up()
        self._look()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._put(last=True)
        if self._index is not None:
            self._index.close()

    def glance(self, run_id: str) -> Glance:
        """Read one of them.

        Raises:
            UnknownNameError: It is none, or none any more.
            BadInputError: It can't be read.
        """
        self._at, self._stamp = run_id, _stamp(self._home, run_id) if run_id in self.unread else ""
        self.read += run_id in self.unread
        self._passed += run_id in self._others
        try:
            return glance(self._home, run_id)
        except UnknownNameError:
            self._passed -= run_id in self._others
            raise

    def take(self, seen: Glance) -> None:
        """Put what was read last into the index, where it is not in it.

        Raises:
            BadInputError: It was changed meanwhile.
        """
        run = seen.trace.run
        if self._index is None or not self._stamp or run.status is RunStatus.IN_PROGRESS:
            return
        if is_held(self._home.runs / self._at / self._stamp.partition("/")[0] / LOCK):
            # Its host still lives, and may take maskings back.
            return
        found = grams.documents(texts(seen))
        documents = tuple(grams.grams(one) for one in islice(found, MOST_DOCUMENTS))
        ended = run.ended_at is not None
        stamp = self._stamp.rpartition("/")[0] if ended else self._stamp
        whole = next(found, None) is None
        self._held.append(Entry(self._at, stamp, ended=ended, whole=whole, documents=documents))
        self._size += sum(map(len, documents))
        if self._size >= HELD:
            self._put()

    def searched(self, before: str | None = None) -> int:
        """Of how many recordings it is known whether they hold the text.

        Args:
            before: The run that was not read any more, nor any older one; None: all were.
        """
        if before is not None and self._index is not None:
            try:
                newer = self._index.count(before) - sum(one > before for one in self._gone)
                return newer - self._added + self._passed
            except sqlite3.DatabaseError as error:
                self._give_up(error)
        return self._count + self._passed

    def _look(self) -> None:
        """Find out what is to be read.

        Raises:
            sqlite3.DatabaseError: The index can't be read.
        """
        index = self._index
        if index is None:
            self._others = frozenset(reader.run_ids(self._home))
            self.runs = sorted(self._others, reverse=True)
            return
        stamp = _folder_stamp(self._home)
        with index.reading():
            self._seen = index.state()
            # Two that searched at once may have noted one that the other one has put in.
            others = index.unknown(self._seen.others)
            if not stamp or stamp != self._seen.stamp:
                there, known = set(os.listdir(self._home.runs)), index.ids()  # noqa: PTH208 - names are all that is wanted
                self._gone = {one for one in known if one not in there}
                there.difference_update(known)
                # A name that is none of ours may be no text at all, and can't be noted.
                others = {name for name in there if name.isprintable()}
            doubtful = index.doubtful(secrets.randbits(32))
            changed = {one for one, noted, ended in doubtful if self._is_other(one, noted, ended=ended)} - self._gone
            self._count = index.count() - len(self._gone)
            found = index.holding(self._text) - self._gone
        self._others = frozenset(others)
        self._state = State(stamp, self._others, self._seen.forgotten)
        self.unread = self._others | changed
        self.runs = sorted(found | self.unread, reverse=True)

    def _is_other(self, run_id: str, stamp: str, *, ended: bool) -> bool:
        """Whether the files of a run are others than those of this stamp."""
        return _stamped(f"{self._home.runs}/{run_id}", stamp.partition("/")[0], ended=ended) != stamp

    def _put(self, *, last: bool = False) -> None:
        """Write what is held back."""
        held, self._held, self._size = self._held, [], 0
        state = self._state._replace(others=self._state.others - {one.run_id for one in held})
        noting = last and bool(state.stamp) and state != self._seen
        if self._index is None or not (held or self._gone or noting):
            return
        try:
            with self._index.writing():
                # Whoever changes a run takes it out behind that: it waits for this block, or is seen here.
                fresh = [one for one in held if not self._is_other(one.run_id, one.stamp, ended=one.ended)]
                self._index.forget(self._gone)
                self._index.add(fresh)
                added = {one.run_id for one in fresh} & self._state.others
                self._state = self._state._replace(others=self._state.others - added)
                if noting:
                    self._index.note(self._state)
            self._added, self._gone = self._added + len(added), set()
        except sqlite3.DatabaseError as error:
            self._give_up(error)

    def _give_up(self, error: sqlite3.DatabaseError | None = None) -> None:
        """Go on without the index; a broken one is deleted."""
        if self._index is not None:
            self._index.close()
            self._index = None
        if error is not None and not text_index.is_passing(error):
            text_index.remove(self._path)


def _folder_stamp(home: Home) -> str:
    """Of the folder of runs: another one whenever a run has come or gone; empty where that can't be told yet."""
    changed = os.stat(home.runs).st_mtime_ns  # noqa: PTH116 - as below
    return str(changed) if time.time_ns() - changed > SETTLES_NS else ""


def _stamp(home: Home, run_id: str) -> str:
    """Of a run as it stands now, its tape included; empty when it is none."""
    whole, place = home.runs / run_id, home.run_folder(run_id)
    return _stamped(str(whole), "" if place == whole else place.name, ended=False)


def _stamped(whole: str, place: str, *, ended: bool) -> str:
    """Which state counts, since when the run's folder is as it is, and the size and time of the trace.

    Args:
        whole: The run's folder.
        place: The folder in it of the state that counts; empty for itself.
        ended: Nothing more comes to the tape.
    """
    try:
        outer, inner = os.stat(whole), os.stat(f"{whole}/{place}/{TRACE}")  # noqa: PTH116 - thousands in one search
        stamp = f"{place}/{outer.st_mtime_ns}/{inner.st_size}/{inner.st_mtime_ns}"
        return stamp if ended else f"{stamp}/{_size(f'{whole}/{place}/{RAW}')}"
    except OSError:
        return ""


def _size(path: str) -> int:
    try:
        return os.stat(path).st_size  # noqa: PTH116 - as above
    except FileNotFoundError:
        return 0
