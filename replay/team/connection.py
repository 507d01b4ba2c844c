"""Connections to the team's server: threads take them as they need them, and they are made anew when it is back."""

import os
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, NamedTuple, TypeVar

import psycopg
from psycopg import errors
from psycopg.conninfo import conninfo_to_dict
from psycopg.pq import TransactionStatus

from capture.errors import AwayError, BadInputError, HostError, RefusedError
from replay.team.claiming import claiming, is_claimed, new_token
from replay.team.session import LOCK_S, SETTINGS, completed

T = TypeVar("T")
Connection = psycopg.Connection[tuple[Any, ...]]
Rows = list[tuple[Any, ...]]

PATIENCE_S = 5.0
"""How long a server that has gone away is waited for."""
_PAUSES_S = (0.0, 0.05, 0.1, 0.2, 0.4)
_KEPT = 4
"""Idle connections."""
_WENT = (
    errors.AdminShutdown,
    errors.CrashShutdown,
    errors.CannotConnectNow,
    errors.IdleInTransactionSessionTimeout,
)
_COMES_BACK = ("starting up", "shutting down", "recovery mode", "not yet accepting", "terminating connection")
"""How a server says no that will say yes before long."""


class ServerAwayError(AwayError):
    """The server can't be reached, or has gone away in the middle."""


class InDoubtError(ServerAwayError):
    """The server went away while something was being kept, and has not come back to tell whether it was."""


class _CutError(ServerAwayError):
    """It has gone away in the middle."""


class Statement(NamedTuple):
    """One SQL statement; one that writes begins with no WITH of its own."""

    query: str
    parameters: Sequence[object] = ()


class Connections:
    """All that this process has to one database.

    Outside a transaction a statement survives that the server goes away: it is sent again when the server is back. A
    write carries a token that the database takes once, so that one which had been kept is not done twice. Inside a
    transaction the error is told, and nothing of the transaction is kept; where the connection was lost in its last
    moment the token tells what became of it.
    """

    def __init__(
        self,
        dsn: str,
        *,
        prepare: Callable[[Connection], None] = lambda _: None,
        patience_s: float = PATIENCE_S,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        """Connect to nothing yet.

        Args:
            dsn: `postgresql://…` or `key=value …`, as libpq takes it.
            prepare: Is given each new connection first, in autocommit.
            patience_s: How long a server that is away is waited for.
            pause: Waits for so many seconds.

        Raises:
            BadInputError: The address is none.
        """
        try:
            self._address = conninfo_to_dict(dsn)
        except psycopg.ProgrammingError as error:
            raise BadInputError(
                f"that is no address of a PostgreSQL server ({_line(error)}); write postgresql://USER@HOST/DATABASE"
            ) from error
        self._prepare = prepare
        self._patience_s = patience_s
        self._pause = pause
        self._mine = _Transaction()
        self._idle: list[Connection] = []
        self._process = os.getpid()
        self.first = True
        """Whether no connection has been made yet."""
        self.away_since: datetime | None = None
        """Since when the server has been away; None: it answered when it was last asked."""

    @property
    def where(self) -> str:
        """The database for a person: `HOST:PORT/NAME`, or `service NAME`, never with a password."""
        address = self._address
        if address.get("service") and not address.get("host"):
            return f"service {address['service']}"
        place = address.get("host") or address.get("hostaddr") or "localhost"
        return f"{place}:{address.get('port') or 5432}/{address.get('dbname') or address.get('user') or ''}"

    @property
    def within(self) -> bool:
        """Whether this thread is inside a transaction."""
        return self._mine.connection is not None

    def read(self, statement: Statement) -> Rows:
        """Ask; inside a transaction, with what that has changed so far.

        Raises:
            ServerAwayError: The server is not there.
            HostError: It could not answer.
        """
        mine = self._mine.connection
        if mine is None:
            return self._patiently(lambda: self._asked(statement))
        with self._judged(mine):
            return _run(mine, statement)

    def write(self, *statements: Statement) -> Rows | None:
        """Change something, exactly once; what belongs together is kept together, or not at all.

        Args:
            statements: Each an INSERT, UPDATE, DELETE or SELECT.

        Returns:
            What the last one returned; None: it had been kept, but what it returned was lost with the connection.

        Raises:
            ServerAwayError: The server is not there.
            InDoubtError: It went away, and with it the answer.
            RefusedError: The database says that this role may not do it.
            HostError: It could not do it.
        """
        mine = self._mine
        if mine.connection is not None:
            with self._judged(mine.connection):
                rows = _run_all(mine.connection, statements, mine.token)
            mine.token = None
            return rows
        token = new_token()
        return self._patiently(lambda: self._written(statements, token), in_doubt=True)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Make all that happens inside one change, with no other writer meanwhile; one inside another joins it.

        Raises:
            ServerAwayError: The server went away, and nothing was kept.
            InDoubtError: It went away at the end, and with it the answer.
            HostError: The lock was never free, or something inside had been refused.
        """
        if self.within:
            yield
            return
        connection, token = self._patiently(self._begun), new_token()
        self._mine.connection, self._mine.token = connection, token
        kept: list[Callable[[], None]] = []
        self._mine.afterwards = kept
        try:
            yield
        except BaseException:
            self._rolled_back(connection)
            raise
        else:
            self._committed(connection, None if self._mine.token else token)
        finally:
            self._mine.connection = self._mine.token = self._mine.afterwards = None
        for work in dict.fromkeys(kept):
            work()

    def afterwards(self, work: Callable[[], None]) -> None:
        """Do something once what this thread's transaction changed is kept; the same thing once."""
        if self._mine.afterwards is None:
            work()
        else:
            self._mine.afterwards.append(work)

    def open(self) -> Connection:
        """A new connection in autocommit, for who needs one to keep.

        Raises:
            ServerAwayError: The server is not there.
            HostError: It wants no connection.
        """
        try:
            connection = psycopg.connect(completed(self._address), autocommit=True)
        except psycopg.OperationalError as error:
            raise self._unconnected(error) from error
        with self._judged(connection, psycopg.Connection.close):
            connection.execute(SETTINGS)
            self._prepare(connection)
        self.first, self.away_since = False, None
        return connection

    def close(self) -> None:
        """Leave; the next statement connects again."""
        while self._idle:
            self._idle.pop().close()

    # -- one attempt each

    def _asked(self, statement: Statement) -> Rows:
        with self._lent() as connection:
            return _run(connection, statement)

    def _written(self, statements: Sequence[Statement], token: str) -> Rows | None:
        with self._lent() as connection:
            try:
                if len(statements) == 1:
                    return _run_all(connection, statements, token)
                with connection.transaction():
                    return _run_all(connection, statements, token)
            except errors.UniqueViolation as error:
                if is_claimed(error):
                    return None
                raise

    def _begun(self) -> Connection:
        connection = self._take()
        with self._judged(connection, self._give_back):
            connection.execute("BEGIN; SELECT replaybook.write_alone()")
        return connection

    def _committed(self, connection: Connection, token: str | None) -> None:
        """End a transaction; the token is None when it wrote nothing."""
        if connection.info.transaction_status is TransactionStatus.INERROR:
            self._rolled_back(connection)
            raise HostError("a part of this change was refused by the team catalog, so nothing of it was kept")
        try:
            with self._judged(connection, self._give_back):
                connection.execute("COMMIT")
        except ServerAwayError:
            if token is not None and not self._kept(token):
                raise
            return
        self._give_back(connection)

    def _rolled_back(self, connection: Connection) -> None:
        with suppress(psycopg.Error):
            connection.execute("ROLLBACK")
        self._give_back(connection)

    def _kept(self, token: str) -> bool:
        """Whether the write with that token was; when not, it never will be."""
        try:
            return self._patiently(lambda: self._written((), token)) is None
        except HostError as error:
            raise self._doubt() from error

    # -- connections, lent and given back

    def _take(self) -> Connection:
        if self._process != os.getpid():
            # They are the parent's; this process must not even say goodbye on them.
            self._process, self._idle = os.getpid(), []
        with suppress(IndexError):
            return self._idle.pop()
        return self.open()

    def _give_back(self, connection: Connection) -> None:
        if connection.info.transaction_status is TransactionStatus.IDLE and len(self._idle) < _KEPT:
            self._idle.append(connection)
        else:
            connection.close()

    @contextmanager
    def _lent(self) -> Iterator[Connection]:
        connection = self._take()
        with self._judged(connection, self._give_back):
            yield connection
        self._give_back(connection)

    @contextmanager
    def _judged(self, connection: Connection, then: Callable[[Connection], None] | None = None) -> Iterator[None]:
        """Say in one line what went wrong with a connection, and part with one that was lent for this alone."""
        try:
            yield
        except BaseException as error:
            # Once it is closed by us nothing tells that it had been lost.
            gone = connection.closed
            if then is not None:
                then(connection)
            if isinstance(error, psycopg.Error):
                raise self._explained(error, gone=gone) from error
            raise

    def _patiently(self, work: Callable[[], T], *, in_doubt: bool = False) -> T:
        """Do it, and again while the server is away; as soon as that is known to be so, ask once each time.

        Args:
            work: One attempt.
            in_doubt: An attempt whose connection was cut may have done it.
        """
        give_up = time.monotonic() + (0 if self.away_since else self._patience_s)
        attempt, cut = 0, False
        while True:
            try:
                return work()
            except HostError as error:
                gives_up = not isinstance(error, ServerAwayError) or time.monotonic() >= give_up
                # What waits idly is on its way to nowhere.
                self.close()
                cut = cut or isinstance(error, _CutError)
                if gives_up:
                    if isinstance(error, ServerAwayError):
                        self.away_since = self.away_since or datetime.now(UTC)
                    if cut and in_doubt:
                        raise self._doubt() from error
                    raise
                self._pause(_PAUSES_S[min(attempt, len(_PAUSES_S) - 1)])
                attempt += 1

    # -- words

    def _unconnected(self, error: psycopg.OperationalError) -> HostError:
        # What comes behind it is advice to who runs the server.
        said = (
            _line(error)
            .partition(" Is the server running")[0]
            .removeprefix("connection is bad: ")
            .removeprefix("connection failed: ")
        )
        wrong = "FATAL" in said or "definition of service" in said
        if wrong and not any(words in said for words in _COMES_BACK):
            return AwayError(
                f"the team catalog at {self.where} can't be opened: {said}; "
                "correct its address, in REPLAYBOOK_CATALOG or the setting team.catalog"
            )
        return ServerAwayError(f"the team catalog at {self.where} can't be reached: {said}; try again when it is back")

    def _doubt(self) -> InDoubtError:
        return InDoubtError(
            f"the team catalog at {self.where} went away just as this was being kept; "
            "look whether it was when the server is back, before you do it again"
        )

    def _explained(self, error: psycopg.Error, *, gone: bool) -> Exception:
        said = _line(error)
        if gone or isinstance(error, _WENT):
            return _CutError(
                f"the team catalog at {self.where} went away ({said}); what was being changed was not kept; "
                "try again when it is back"
            )
        match error:
            case errors.LockNotAvailable():
                return HostError(
                    f"the team catalog was held by another writer for {LOCK_S} s; end that one, then try again"
                )
            case errors.InsufficientPrivilege() | errors.RaiseException():
                return RefusedError(f"the team catalog refuses it: {said}")
            case _:
                return HostError(f"the team catalog at {self.where} could not do it: {said}")


class _Transaction(threading.local):
    """The current thread's."""

    connection: Connection | None = None
    token: str | None = None
    """To go with the first write."""
    afterwards: list[Callable[[], None]] | None = None
    """What is to be done when it is kept."""


@lru_cache(512)
def _encoded(query: str) -> bytes:
    return query.encode()


def _run(connection: Connection, statement: Statement) -> Rows:
    cursor = connection.execute(_encoded(statement.query), statement.parameters)
    return cursor.fetchall() if cursor.description else []


def _run_all(connection: Connection, statements: Sequence[Statement], token: str | None) -> Rows:
    """All of them, the token with the first; the token alone when there are none."""
    if token is not None:
        first = statements[0] if statements else Statement("SELECT")
        statements = (Statement(claiming(first.query), (token, *first.parameters)), *statements[1:])
    rows: Rows = []
    for statement in statements:
        rows = _run(connection, statement)
    return rows


def _line(error: psycopg.Error) -> str:
    """What the server said, in one line."""
    said = error.diag.message_primary or str(error) or type(error).__name__
    return " ".join(said.split())
