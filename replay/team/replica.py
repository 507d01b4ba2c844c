"""A home's copy of what its team has: read at once and without the server, changed on the server first.

A transaction holds the home's lock, then the team's; takes in what others have done since; makes its changes; sends
them; and only when the server has them are they in the copy. While the server is away, what is done here and decides
nothing is kept in the copy, and waits in its outbox.
"""

from collections.abc import Callable, Collection, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import ClassVar, NoReturn, TypeVar

from capture.errors import RefusedError
from capture.home import Home
from replay.library.catalog import TinyCatalog
from replay.library.rows import ROW_TYPES, MarkRow, RepairRow, ReplayRow, Row, RunRow, VersionRow
from replay.playbook import VersionStatus
from replay.repairs.proposal import RepairStatus
from replay.team.connection import ServerAwayError
from replay.team.papers import Paper, Papers, paths_of
from replay.team.reach import Reach
from replay.team.upstream import ChangedFile, News, Upstream

R = TypeVar("R", bound=Row)
SEEN = "team"
"""The mark that says up to which change the copy holds what the team has."""
SHOWN = 3
"""Files that a refusal names; of more it says how many."""
_KINDS = {kind.TABLE: kind for kind in ROW_TYPES if kind is not MarkRow}
_HERE_WINS = frozenset({RunRow.TABLE, ReplayRow.TABLE})
"""Made in one home: where both say something, what was done here last is what happened."""


class WaitingRow(Row, frozen=True, kw_only=True):
    """A row that was changed here and that the server has not got yet."""

    TABLE: ClassVar[str] = "outbox"

    table: str
    row_id: str


class OriginRow(Row, frozen=True, kw_only=True):
    """Which database this is a copy of."""

    TABLE: ClassVar[str] = "origin"

    database: str
    person: str = ""
    """Who this home's people are there."""


class Replica(TinyCatalog):
    """See the module, and `Catalog` for what its methods promise."""

    def __init__(self, path: Path, *, home: Home, reach: Reach) -> None:
        """Look at nothing yet.

        Args:
            path: Of the copy.
            home: Whose files belong to the rows.
            reach: The server.
        """
        super().__init__(path)
        self._reach = reach
        self._copy = TinyCatalog(path)
        self._copy.storage = self.storage
        self._papers = Papers(home, self._copy)
        self._changed: dict[tuple[str, str], None] = {}
        self._moved: tuple[str, ...] = ()
        self._upstream: Upstream | None = None
        self._server = ExitStack()

    # -- what a catalog does

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """See `Catalog.transaction`.

        Raises:
            ServerAwayError: The server is away, and this can't wait for it.
        """
        if self.storage.within:
            yield
            return
        with self.storage.transaction(), ExitStack() as server:
            self._changed, self._moved, self._server = {}, (), server
            self._begin()
            yield
            self._end()

    @contextmanager
    def numbering(self) -> Iterator[None]:
        """A transaction in which a version gets its number: nobody else can take it.

        Raises:
            ServerAwayError: The server is away.
        """
        with self.transaction():
            if self._upstream is None:
                raise self._reach.refusal()
            yield

    def put(self, *rows: Row) -> None:
        """See `Catalog.put`."""
        with self.transaction():
            self._copy.put(*rows)
            shared = [row for row in rows if row.TABLE in _KINDS]
            self._changed |= {(row.TABLE, row.id): None for row in shared}
            if shared:
                # At once and not at the end: the server judges each step by those before it.
                self._give(lambda upstream: upstream.put(*shared))

    def get(self, kind: type[R], row_id: str) -> R | None:
        """See `Catalog.get`."""
        self.freshen()
        return super().get(kind, row_id)

    def find(self, kind: type[R], **fields: object) -> tuple[R, ...]:
        """See `Catalog.find`."""
        self.freshen()
        return super().find(kind, **fields)

    def matching(self, kind: type[R], text: str) -> tuple[R, ...]:
        """See `Catalog.matching`."""
        self.freshen()
        return super().matching(kind, text)

    def remove(self, kind: type[R], row_id: str) -> None:
        """See `Catalog.remove`."""
        with self.transaction():
            self._copy.remove(kind, row_id)
            self._changed[kind.TABLE, row_id] = None
            self._give(lambda upstream: upstream.remove(kind, row_id))

    # -- what only a copy does

    @property
    def is_cut_off(self) -> bool:
        """Whether this thread is in a transaction that goes on without the server."""
        return self.storage.within and self._upstream is None

    @property
    def seen(self) -> int:
        """Up to which change the copy holds what the team has."""
        mark = self._copy.get(MarkRow, SEEN)
        return mark.entries if mark else 0

    @property
    def person(self) -> str | None:
        """Who one was there when the server was asked last; None: it never was."""
        origin = self._copy.get(OriginRow, SEEN)
        return origin.person or None if origin else None

    def known_as(self, person: str) -> str:
        """Keep who one is there, for when the server is away; returns it."""
        self.freshen()
        if person != self.person:
            with self.storage.transaction():
                self._copy.update(OriginRow, SEEN, person=person)
        return person

    @property
    def waiting(self) -> int:
        """How many changes wait for the server."""
        return len(self._copy.find(WaitingRow))

    def waits(self, kind: type[Row], row_id: str) -> bool:
        """Whether a row is here alone, until the server is there."""
        return self._copy.get(WaitingRow, f"{kind.TABLE}/{row_id}") is not None

    def freshen(self) -> None:
        """Take in what others have done, and send what waits; the copy stays as it is while the server is away.

        Raises:
            RefusedError: This home can't be the team's.
            HostError: The server is there and could not do it.
        """
        if self.storage.within or not self._reach.is_stale():
            return
        upstream = self._reach.upstream()
        if upstream is None:
            return
        news = self._reach.news
        try:
            if upstream.top() == self.seen and not self.waiting and self._copy.get(OriginRow, SEEN):
                self._reach.looked(news)
                return
        except ServerAwayError as error:
            self._reach.lost(error)
            return
        with self.transaction():
            pass

    def refuse_rebuilding(self) -> NoReturn:
        """A team's catalog is its server's.

        Raises:
            RefusedError: Always.
        """
        raise RefusedError(
            f"the catalog is the team's, at {self._reach.where}: there is nothing to rebuild here; "
            f"to copy it anew, move {self.storage.path.parent} away"
        )

    # -- taking in

    def _begin(self) -> None:
        """Hold the server's lock, and take in all that it knows; nothing while it is away."""
        self._upstream = self._reach.upstream()
        self._give(self._take)

    def _take(self, upstream: Upstream) -> None:
        self._server.enter_context(upstream.transaction())
        self._check_origin(upstream)
        seen = self.seen
        news = upstream.since(seen)
        if news.top < seen:
            raise RefusedError(
                f"the team catalog at {self._reach.where} is older than what this home has seen of it, as after a "
                f"restored backup; move {self.storage.path.parent} away to go on with what it holds now"
            )
        waiting = self._copy.find(WaitingRow)
        self._take_rows(news, {row.id for row in waiting if row.table in _HERE_WINS})
        self._moved = (*self._papers.take(news.files, upstream), *self._papers.look(upstream))
        self._send_waiting(upstream)
        self._mark(news.top)
        self._reach.looked()

    def _send_waiting(self, upstream: Upstream) -> None:
        """Give the server what has waited for it."""
        for waiting in self._copy.find(WaitingRow):
            key = waiting.table, waiting.row_id
            known = upstream.row(*key) if waiting.table == VersionRow.TABLE else None
            row = self._row_now(key)
            if known is not None:
                # A version that was edited here is the one after it by now.
                self.storage.put(waiting.table, known)
            elif row is None:
                upstream.remove(_KINDS[waiting.table], waiting.row_id)
            else:
                upstream.put(row)
            if known is None:
                self._changed[key] = None
            self._copy.remove(WaitingRow, waiting.id)

    def _take_rows(self, news: News, ours: Collection[str]) -> None:
        for table, row_id, body in news.rows:
            if f"{table}/{row_id}" in ours:
                continue
            self._copy.remove(WaitingRow, f"{table}/{row_id}")
            if body is None:
                self.storage.drop(table, row_id)
            else:
                self.storage.put(table, body)

    def _check_origin(self, upstream: Upstream) -> None:
        """Whether it is still the same database, and this home has nothing that the team doesn't know.

        Raises:
            RefusedError: It is not, or has.
        """
        origin, database = self._copy.get(OriginRow, SEEN), upstream.identity()
        if origin is None:
            self._check_strange({one.path: one for one in upstream.since(0).files})
            self._copy.put(OriginRow(id=SEEN, database=database))
        elif origin.database != database:
            raise RefusedError(
                f"the team catalog at {self._reach.where} is another database than the one that this home is a copy "
                f"of; take another home with --home, or move {self.storage.path.parent} away"
            )

    def _check_strange(self, theirs: dict[str, ChangedFile]) -> None:
        own = [one for one in self._papers.here() if one.path not in theirs or theirs[one.path].sha256 != one.sha256]
        if own:
            more = f" and {len(own) - SHOWN} more" if len(own) > SHOWN else ""
            raise RefusedError(
                f"this home has files that the team lacks ({', '.join(one.path for one in own[:SHOWN])}{more}); "
                "give them with: replaybook catalog copy HOME ADDRESS, or take another home with --home"
            )

    def _mark(self, seq: int) -> None:
        if seq != self.seen:
            self._copy.put(MarkRow(id=SEEN, entries=seq))

    # -- sending

    def _give(self, work: Callable[[Upstream], None]) -> None:
        """Do something on the server; when it is away, what was done here so far may have to wait."""
        if self._upstream is None:
            return
        try:
            work(self._upstream)
        except ServerAwayError as error:
            self._lose(error)

    def _lose(self, error: ServerAwayError) -> None:
        self._upstream = None
        self._reach.lost(error)
        # What was begun there ends as a failure does: there is nothing left to be kept.
        with suppress(ServerAwayError):
            self._server.pop_all().__exit__(type(error), error, error.__traceback__)

    def _end(self) -> None:
        """Have the server keep it all."""
        if self._upstream is not None:
            upstream = self._upstream
            try:
                with self._server.pop_all():
                    sent, top = self._sent(upstream), upstream.top()
            except ServerAwayError as error:
                self._lose(error)
                if self._decides():
                    raise
            else:
                self._papers.note(sent)
                self._mark(top)
                return
        self._hold_back()

    def _sent(self, upstream: Upstream) -> tuple[Paper, ...]:
        rows = (row for row in map(self._row_now, self._changed) if row is not None)
        sent = self._papers.send((*self._moved, *(path for row in rows for path in paths_of(row))), upstream)
        if self._changed or sent:
            upstream.tell()
        return sent

    def _row_now(self, key: tuple[str, str]) -> Row | None:
        table, row_id = key
        return self._copy.get(_KINDS[table], row_id)

    def _hold_back(self) -> None:
        """Keep what was changed for when the server is back.

        Raises:
            ServerAwayError: It is a decision, which can't wait.
        """
        if self._decides():
            raise self._reach.refusal()
        for table, row_id in self._changed:
            self._copy.put(WaitingRow(id=f"{table}/{row_id}", table=table, row_id=row_id))

    def _decides(self) -> bool:
        return not all(_may_wait(table, self._row_now((table, row_id))) for table, row_id in self._changed)


def _may_wait(table: str, row: Row | None) -> bool:
    """Whether a change says only what was done, and nobody needs to be asked first."""
    match row:
        case None:
            return table == RunRow.TABLE
        case RunRow() | ReplayRow():
            return True
        case RepairRow():
            return row.status is RepairStatus.PROPOSED and not row.signatures
        case VersionRow():
            return row.status is VersionStatus.DRAFT
    return False
