"""What one home has of its team: the copy of the catalog, who one is there, and how the server stands."""

import threading
import time
from collections.abc import Callable
from contextlib import suppress
from hashlib import sha256

import msgspec
import psycopg

from capture.home import PRIVATE_FOLDER, Home
from replay.governance.reviewing import ReviewRules
from replay.library.ids import stamp
from replay.team.connection import Connection, ServerAwayError
from replay.team.deciding import SharedLog
from replay.team.documents import CHANNEL
from replay.team.people import Lack
from replay.team.reach import Reach
from replay.team.replica import Replica
from replay.team.server import Team

PATIENCE_S = 0.5
"""A person who waits is told soon; what they did meanwhile is kept."""


class TeamStanding(msgspec.Struct, frozen=True, kw_only=True):
    """How a home stands with its team."""

    server: str
    """`HOST:PORT/NAME`."""
    person: str
    """Who decides here, as the team knows them."""
    seen: int
    """The number of the newest change that this home has taken in."""
    waiting: int = 0
    """Changes that the server has not got yet."""
    away_since: str | None = None
    """When that was noticed, ISO 8601 UTC; None: the server is there."""
    heard_at: str | None = None
    """When it answered last before that, ISO 8601 UTC; None: it is there, or was never heard by this process."""
    why: str | None = None
    """What it said when it was asked last, in one line."""


class Shared:
    """A team as one home has it."""

    def __init__(self, home: Home, address: str, *, clock: Callable[[], float] = time.monotonic) -> None:
        """Connect to nothing yet.

        Args:
            home: Prepared.
            address: Of the server, as libpq takes it.
            clock: Seconds; says when a server that is away is asked again.

        Raises:
            BadInputError: It is none, or what speaks to the server is not installed.
        """
        self.address = address
        """Of the server, with all that it holds: not for a person to see."""
        self._team = Team(address, home=home.path, patience_s=PATIENCE_S)
        self._server = self._team.documents
        self.where = where = self._team.connections.where
        """The database for a person; never with a password."""
        folder = home.team / sha256(where.encode()).hexdigest()[:16]
        folder.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)
        self._reach = Reach(self._server, where=where, clock=clock)
        self.catalog = Replica(folder / "catalog.json", home=home, reach=self._reach)
        """The copy."""
        self.audit = SharedLog(self._team.audit, self.catalog, self._reach)
        """The team's log of decisions."""
        self._ear: Connection | None = None
        self._listening = threading.Lock()

    def person(self, otherwise: Callable[[], str]) -> str:
        """Who decides here, as the team knows them.

        Args:
            otherwise: Says who acts where the server is away and was never asked.
        """
        with suppress(ServerAwayError):
            return self.catalog.known_as(self._server.person())
        return self.catalog.person or otherwise()

    def promotion_lacks(self, ref: str, actor: str) -> Lack | None:
        """What a promotion by somebody still wants; asked of a copy that is cut off, its refusal tells."""
        return None if self.catalog.is_cut_off else self._team.people.promotion_lacks(ref, actor)

    def review_rules(self, repair_id: str) -> ReviewRules:
        """What the team asks of a review beside the policy of the home; asked where something is decided."""
        decides = self.catalog.storage.within and not self.catalog.is_cut_off
        return self._team.people.review_rules(repair_id) if decides else ReviewRules()

    def standing(self, person: str) -> TeamStanding:
        """How this home stands with its team, once it has heard what others have done.

        Args:
            person: Who acts.
        """
        self._listen()
        self.catalog.freshen()
        away = self._reach.away
        return TeamStanding(
            server=self._reach.where,
            person=person,
            seen=self.catalog.seen,
            waiting=self.catalog.waiting,
            away_since=stamp(away.since) if away else None,
            heard_at=stamp(away.heard) if away and away.heard else None,
            why=away.why if away else None,
        )

    @property
    def alone_words(self) -> str | None:
        """That this home is on its own for now, in a line; None: the server was there when it was asked last."""
        away = self._reach.away
        return away and f"the team catalog at {self._reach.where} is away: what others do meanwhile does not show here"

    def check_there(self) -> None:
        """Refuse what the log must tell of while it can't.

        Raises:
            ServerAwayError: The server is away.
        """
        if self._reach.upstream() is None:
            raise self._reach.refusal()
        try:
            self._server.top()
        except ServerAwayError as error:
            self._reach.lost(error)
            raise self._reach.refusal() from error
        self._reach.heard()

    def close(self) -> None:
        """Leave the server."""
        if self._ear is not None:
            self._ear.close()
        self._team.close()

    def _listen(self) -> None:
        """Hear whether something has changed; never waits for it."""
        if self._reach.upstream() is None or not self._listening.acquire(blocking=False):
            return
        try:
            if self._ear is None or not _heard(self._ear, self._reach):
                self._ear = self._team.connections.open()
                # Those that come in while something is asked on it.
                self._ear.add_notify_handler(lambda _: self._reach.told())
                self._ear.execute(f"LISTEN {CHANNEL}")
                # What was told before anybody listened.
                self._reach.told()
            self._reach.listens = True
        except ServerAwayError as error:
            self._ear = None
            self._reach.lost(error)
        finally:
            self._listening.release()


def _heard(ear: Connection, reach: Reach) -> bool:
    """Take what has come in on a connection, and ask it where it was quiet for long; False when it is lost."""
    try:
        ear.pgconn.consume_input()
        while ear.pgconn.notifies():
            reach.told()
        if reach.is_quiet:
            ear.execute("SELECT")
            reach.heard()
    except psycopg.Error:
        ear.close()
        return False
    return True
