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


class Away(NamedTuple):
    """The server can't be reached."""

    since: datetime
    """UTC."""
    why: str
    """In one line."""


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

    def upstream(self) -> Upstream | None:
        """The server; None while it is away and was asked just now."""
        return None if self.away and self._clock() < self._again_at else self._server

    def is_stale(self) -> bool:
        """Whether something may have changed since it was looked at."""
        return self._clock() >= self._fresh_until

    def looked(self) -> None:
        """All that the server knows is known now."""
        with self._guard:
            self.away = None
            self._fresh_until = float("inf") if self.listens else self._clock() + FRESH_S

    def told(self) -> None:
        """Something has changed."""
        with self._guard:
            self._fresh_until = 0.0

    def lost(self, error: ServerAwayError) -> None:
        """It went away."""
        with self._guard:
            self.listens, self._fresh_until = False, 0.0
            self._again_at = self._clock() + RETRY_S
            self.away = Away(self.away.since if self.away else datetime.now(UTC), str(error))

    def refusal(self) -> ServerAwayError:
        """Why what needs the server can't be done."""
        since = f" since {self.away.since.astimezone():%H:%M:%S}" if self.away else ""
        return ServerAwayError(
            f"the team catalog at {self.where} is away{since}, and this can't be done without it; "
            "recording and replaying go on, try again when it is back"
        )
