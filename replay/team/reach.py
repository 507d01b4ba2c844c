"""Whether the team's server is there, and when it is worth asking."""

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import NamedTuple

from replay.team.connection import ServerAwayError
from replay.team.upstream import Upstream

FRESH_S = 1.0
"""A copy that was looked at this long ago is looked at again, where nobody says when something has changed."""
RETRY_S = 2.0
"""A server that is away is asked again after so long."""
QUIET_S = 10.0
"""One that says nothing is asked after so long whether it is there: a dead connection says nothing either."""


class Away(NamedTuple):
    """The server can't be reached."""

    since: datetime
    """When that was noticed, UTC."""
    why: str
    """In one line."""
    heard: datetime | None = None
    """When it answered last, UTC; it went away after that. None: this process never heard of it."""


class Reach:
    """The server as one process knows it; any thread may ask."""

    def __init__(self, upstream: Upstream, *, where: str, clock: Callable[[], float] = time.monotonic) -> None:
        """Ask nothing yet.

        Args:
            upstream: The server.
            where: For a person; never with a password.
            clock: Seconds.
        """
        self._server = upstream
        self._clock = clock
        self._guard = threading.Lock()
        self._again_at = self._fresh_until = 0.0
        self.where = where
        """The server for a person."""
        self.away: Away | None = None
        """Since when, and why; None: it was there when it was last asked."""
        self.listens = False
        """Whether somebody tells as soon as something has changed."""
        self.news = 0
        """How often somebody has told of a change."""
        self._heard: datetime | None = None
        self._quiet_from = 0.0

    def upstream(self) -> Upstream | None:
        """The server; None while it is away and was asked just now."""
        return None if self.away and self._clock() < self._again_at else self._server

    def is_stale(self) -> bool:
        """Whether something may have changed since it was looked at."""
        return self._clock() >= self._fresh_until

    @property
    def is_quiet(self) -> bool:
        """Whether nothing was heard of it for so long that it is worth asking whether it is there."""
        return self._clock() >= self._quiet_from

    def heard(self) -> None:
        """It has answered."""
        self._heard, self._quiet_from = datetime.now(UTC), self._clock() + QUIET_S

    def looked(self, news: int | None = None) -> None:
        """All that the server knows is known now.

        Args:
            news: What there was of them before it was asked: what was told since may be unknown still. None: nobody
                could change anything meanwhile.
        """
        self.heard()
        with self._guard:
            self.away = None
            if news is not None and news != self.news:
                return
            self._fresh_until = float("inf") if self.listens else self._clock() + FRESH_S

    def told(self) -> None:
        """Something has changed."""
        self.heard()
        with self._guard:
            self.news += 1
            self._fresh_until = 0.0

    def lost(self, error: ServerAwayError) -> None:
        """It went away."""
        with self._guard:
            self.listens, self._fresh_until = False, 0.0
            self._again_at = self._clock() + RETRY_S
            since, heard = (self.away.since, self.away.heard) if self.away else (datetime.now(UTC), self._heard)
            self.away = Away(since, str(error), heard)

    def refusal(self) -> ServerAwayError:
        """Why what needs the server can't be done."""
        since = f" since {since_words(self.away)}" if self.away else ""
        return ServerAwayError(
            f"the team catalog at {self.where} is away{since}, and this can't be done without it; "
            "recording and replaying go on, try again when it is back"
        )


def since_words(away: Away) -> str:
    """Since when it is away, as far as that is known: noticed then, last heard before.

    Args:
        away: In UTC; told in the local time.
    """
    noticed = f"{away.since.astimezone():%H:%M:%S}"
    return f"{noticed} or before" + (f", last heard {away.heard.astimezone():%H:%M:%S}" if away.heard else "")
