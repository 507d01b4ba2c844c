"""The team's log of decisions as a home has it: read as far as it is known, appended to while the server is there."""

from collections.abc import Mapping

from replay.governance.audit import Log
from replay.governance.chain import AuditEntry, AuditVerdict
from replay.team.connection import ServerAwayError
from replay.team.reach import Reach
from replay.team.replica import Replica


class SharedLog:
    """See `Log` for what its methods promise."""

    def __init__(self, log: Log, catalog: Replica, reach: Reach) -> None:
        """Read nothing yet.

        Args:
            log: The server's.
            catalog: Whose transactions decisions belong to.
            reach: The server.
        """
        self._log = log
        self._catalog = catalog
        self._reach = reach
        self._last: tuple[AuditEntry, ...] = ()

    def append(self, *, actor: str, action: str, subject: str, details: Mapping[str, str] | None = None) -> AuditEntry:
        """See `Recorder.append`.

        Raises:
            ServerAwayError: The server is away; nothing was decided.
        """
        # A transaction that began without the server must not decide anything once it is back: its rows wait.
        if self._reach.upstream() is None or self._catalog.is_cut_off:
            raise self._reach.refusal()
        try:
            return self._log.append(actor=actor, action=action, subject=subject, details=details)
        except ServerAwayError as error:
            self._reach.lost(error)
            raise self._reach.refusal() from error

    def entries(self) -> tuple[AuditEntry, ...]:
        """See `Log.entries`; while the server is away, those that were read last."""
        if self._reach.upstream() is not None and not self._catalog.is_cut_off:
            try:
                self._last = self._log.entries()
            except ServerAwayError as error:
                self._reach.lost(error)
        return self._last

    def length(self) -> int | None:
        """See `Log.length`."""
        return self._log.length()

    def verify(self, copy: bytes | None = None) -> AuditVerdict:
        """See `Log.verify`."""
        return self._log.verify(copy)
