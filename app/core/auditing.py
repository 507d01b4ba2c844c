"""The record of all decisions: chosen from, checked, and written for other people's tools."""

from collections.abc import Iterator
from pathlib import Path

import msgspec

from app.core.decisions import Decisions
from app.putting import Told, put, unheard
from capture.errors import BadInputError, UnknownNameError
from replay.governance.attesting import statement
from replay.governance.chain import AuditEntry, AuditVerdict
from replay.governance.wanted import EVERYTHING, Wanted, chosen, wanted_of
from replay.library.rows import RepairRow, ReplayRow, version_id


class Auditing(Decisions):
    """What can be told of what was decided."""

    def audit(self, wanted: Wanted = EVERYTHING) -> tuple[AuditEntry, ...]:
        """The decisions that are wanted, oldest first.

        Raises:
            UnknownNameError: There is no such playbook, and nothing was ever decided about one.
            HostError: The team's server is away, and its log was never read by this process.
        """
        entries = self._audit.entries()
        if not entries:
            self._check_log()
        if wanted.playbook is None:
            return chosen(entries, wanted, lambda _: None)
        rows: tuple[RepairRow | ReplayRow, ...] = (*self._catalog.find(RepairRow), *self._catalog.find(ReplayRow))
        playbook_of = {row.id: row.playbook for row in rows}.get
        try:
            name, version = self._shelf.resolve(wanted.playbook)
        except UnknownNameError:
            # It may be gone; what was decided about it is not.
            if not chosen(entries, Wanted(playbook=wanted.playbook), playbook_of):
                raise
        else:
            wanted = msgspec.structs.replace(wanted, playbook=version_id(name, version) if version else name)
        return chosen(entries, wanted, playbook_of)

    def audit_filter(self, typed: str) -> Wanted:
        """Which decisions a line of text wants.

        Raises:
            BadInputError: It names a moment that is none.
        """
        return wanted_of(typed, now=self.clock())

    def verify_audit(self, copy: str | None = None) -> AuditVerdict:
        """Whether the log of decisions is whole.

        Args:
            copy: A file that audit.head was copied to: the log must still hold what it vouches for.

        Raises:
            BadInputError: It can't be read, or is no such copy.
        """
        return self._audit.verify(None if copy is None else _read(copy))

    def attest(self, wanted: Wanted = EVERYTHING) -> Iterator[str]:
        """The decisions that are wanted as in-toto statements, one a line."""
        for entry in self.audit(wanted):
            yield msgspec.json.encode(statement(entry)).decode() + "\n"

    def attest_to(self, path: Path, wanted: Wanted = EVERYTHING, *, progress: Told = unheard) -> None:
        """Write what `attest` gives to a file, in place of what is there; what `progress` raises leaves that there.

        Raises:
            BadInputError: The file can't be written.
        """
        put(path, self.attest(wanted), progress=progress)


def _read(copy: str) -> bytes:
    try:
        return Path(copy).expanduser().read_bytes()
    except (OSError, RuntimeError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise BadInputError(f"{copy} can't be read: {reason}; name a file that audit.head was copied to") from error
