"""Running a library: its figures, whether it is in order, what of it may go, and copies of it."""

import contextlib
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from app.core.auditing import Auditing
from app.core.settings import SettingsKept
from app.doctor import Finding
from app.putting import Told, unheard
from app.team_health import team_findings
from app.vitals import PATIENCE, vitals
from capture.errors import AwayError, BadInputError, ReplaybookError
from capture.tape import reader, text_index
from capture.tape.contents import drop_contents, named_by_run, removing
from capture.tape.editions import Editions
from capture.trace import Run
from replay.governance.audit import Action
from replay.governance.chain import AuditEntry
from replay.governance.wanted import moment
from replay.library.rows import RepairRow, ReplayRow, RunRow, ValidationRow, VersionRow
from replay.operations.counting import Figures, Rows, count
from replay.operations.retention import Kept, Overdue, Retention, retention
from replay.playbook import VersionStatus
from replay.repairs.proposal import RepairStatus

if TYPE_CHECKING:
    from replay.operations.backup import Manifest
    from replay.team.copying import Copied

AT_ONCE = 100
"""Recordings that are deleted together: each wants a descriptor, and all others are read once for them."""


class Operating(Auditing, SettingsKept):
    """What whoever runs it asks for."""

    def figures(self) -> Figures:
        """What all work came to until now.

        Raises:
            AwayError: The team's server, which has the log of decisions, does not answer.
        """
        return self._figures(self._audit.entries(), self._audit.length())

    def _figures(self, entries: Sequence[AuditEntry], length: int | None) -> Figures:
        rows = Rows(
            runs=self._catalog.find(RunRow),
            versions=self._catalog.find(VersionRow),
            repairs=self._catalog.find(RepairRow),
            replays=self._catalog.find(ReplayRow),
            validations=self._catalog.find(ValidationRow),
        )
        return count(rows, entries, stopped_at=self._failure_class, length=length, now=self.clock())

    def _failure_class(self, replay_id: str) -> str | None:
        failure = self._replays.read(replay_id).failure
        return failure.failure_class if failure else None

    def vitals(self, patience: timedelta = PATIENCE) -> tuple[Finding, ...]:
        """Whether the library is in order, and its team's server where it has one.

        Args:
            patience: For how long a repair may wait for a person.
        """
        try:
            figures, log = self.figures(), self._audit.verify()
        except AwayError:
            figures, log = self._figures((), None), None
        found = vitals(
            self.home,
            figures,
            log=log,
            frozen=self.frozen(),
            unknown=self.unknown(),
            overdue=self._overdue(self.runs),
            patience=patience,
        )
        return (*found, *team_findings(self.home))

    def overdue(self, runs: Sequence[Run]) -> Overdue | None:
        """How many recordings a purge by the settings would delete; None: they say nothing of it, or can't be read.

        Args:
            runs: All of them.
        """
        found = self._overdue(lambda: runs)
        return None if isinstance(found, BadInputError) else found

    def _overdue(self, runs: Callable[[], Sequence[Run]]) -> Overdue | BadInputError | None:
        try:
            told = self.settings().settings.retention
        except BadInputError as error:
            return error
        if not told.older_than:
            return None
        found = self._old(runs(), moment(told.older_than, now=self.clock()), told.keep)
        return Overdue(older_than=told.older_than, runs=len(found.goes))

    def retention(self, before: datetime | None = None, *, newest: int | None = None) -> Retention:
        """Which recordings would go; changes nothing.

        Args:
            before: Those that ended earlier are old; None: the settings say it.
            newest: So many of the newest stay, however old; None: the settings say it.

        Raises:
            BadInputError: The settings say nothing of it, or can't be read.
        """
        told = self.settings().settings.retention
        if before is None and not told.older_than:
            raise BadInputError(
                "how old is old? give --older-than WHEN, or for good: replaybook settings retention.older_than 90d"
            )
        wanted = before or moment(told.older_than, now=self.clock())
        return self._old(self.runs(), wanted, told.keep if newest is None else newest)

    def _old(self, runs: Sequence[Run], before: datetime, newest: int) -> Retention:
        # What is needed is looked for in all playbooks and replays: only where there is something old.
        some = any((run.ended_at or run.started_at) < before for run in runs)
        return retention(runs, before, needed=self._needed() if some else {}, newest=newest)

    def _needed(self) -> dict[str, str]:
        """Why recordings stay, however old they are."""
        versions = [row for row in self._register.rows() if row.status is not VersionStatus.DISABLED]
        active = {row.digest: row for row in versions if row.status is VersionStatus.ACTIVE}
        needed = {run_id: f"{row.ref} was made from it" for row in versions for run_id in row.made_from}
        needed |= {
            one.run_id: f"it is the validation of {row.ref}, which is active"
            for one in self._catalog.find(ValidationRow)
            if one.run_id and (row := active.get(one.digest))
        }
        run_of = {one.id: one.run_id for one in self._catalog.find(ReplayRow)}
        needed |= {
            run_id: f"repair {one.id} of it waits for a person"
            for one in self._catalog.find(RepairRow)
            if one.status is RepairStatus.PROPOSED and (run_id := run_of.get(one.replay_id or ""))
        }
        return needed | {
            one.run_id: "one of its steps may have happened or not" for one in self.unknown() if one.run_id
        }

    def purge(self, chosen: Retention, *, progress: Told = unheard) -> Retention:
        """Delete recordings for good, with the contents that nothing else refers to; every decision stays in the log.

        Args:
            chosen: From `retention`; what has become needed since stays.
            progress: Is told how far it is; what it raises ends it between two portions.

        Returns:
            What went.
        """
        self._check_log()
        needed = self._needed()
        wanted = [run_id for run_id in chosen.goes if run_id not in needed]
        kept = [Kept(run_id=run_id, reason=needed[run_id]) for run_id in chosen.goes if run_id in needed]
        went: list[str] = []
        freed = 0
        for at in range(0, len(wanted), AT_ONCE):
            progress(f"{len(went)} of {len(wanted)} recordings deleted")
            portion, busy, size = self._purge(wanted[at : at + AT_ONCE], before=chosen.before)
            went += portion
            kept += busy
            freed += size
        return msgspec.structs.replace(chosen, goes=tuple(went), kept=(*chosen.kept, *kept), gone=True, freed=freed)

    def _purge(self, run_ids: Sequence[str], *, before: str) -> tuple[list[str], list[Kept], int]:
        """Delete some together; those that somebody uses right now stay."""
        # All at once, before each is taken out for itself.
        text_index.forget(self.home, run_ids)
        kept: list[Kept] = []
        goes: list[str] = []
        with contextlib.ExitStack() as held:
            for run_id in run_ids:
                try:
                    held.enter_context(Editions(self.home, run_id))
                    goes.append(run_id)
                except ReplaybookError as error:
                    kept.append(Kept(run_id=run_id, reason=str(error)))
            held.enter_context(removing(self.home, *goes))
            sizes = {path: path.stat().st_size for run_id in goes for path in _files(self.home.runs / run_id)}
            named = {digest for run_id in goes for digest in named_by_run(self.home, run_id)}
            stored = {one: path.stat().st_size for one in named if (path := self._blob(one)).exists()}
            gone = drop_contents(self.home, named, but=goes)
            for run_id in goes:
                reader.delete_run(self.home, run_id)
                # At once: of those that are gone when another one can't be deleted, the log must tell.
                self._catalog.remove(RunRow, run_id)
                details = {"older than": before}
                self._audit.append(actor=self.actor, action=Action.REMOVED, subject=run_id, details=details)
        return goes, kept, sum(sizes.values()) + sum(stored.get(one, 0) for one in gone)

    def _blob(self, digest: str) -> Path:
        return self.home.blobs / digest.removeprefix("sha256:")

    def back_up(self, target: Path, *, progress: Told = unheard) -> "Manifest":
        """Copy the whole home to a file, while others may use it.

        Raises:
            BadInputError: The file is there already, or lies in the home.
            HostError: Something can't be read or written.
        """
        from replay.operations.backup import back_up  # noqa: PLC0415 - rarely wanted

        return back_up(
            self.home,
            target,
            catalog=self._catalog,
            log=self._own_audit.files,
            now=self.clock(),
            team=self._shared.where if self._shared else None,
            progress=progress,
        )

    def check_backup(self, file: Path, *, progress: Told = unheard) -> "Manifest":
        """Hold a backup against its own list, and extract nothing.

        Raises:
            BadInputError: It is none, or is damaged.
        """
        from replay.operations.backup import check  # noqa: PLC0415 - as above

        return check(file, progress)

    def restore(self, file: Path, folder: Path, *, progress: Told = unheard) -> "Manifest":
        """Make another home of a backup: all of it, or nothing; this one stays as it is.

        Raises:
            BadInputError: The folder holds something, or the file is no backup, or is damaged.
            HostError: The disk said no.
        """
        from replay.operations.backup import restore  # noqa: PLC0415 - as above

        return restore(file, folder, progress)

    def copy_catalog(self, source: str, target: str, *, progress: Told = unheard) -> "Copied":
        """Copy what a home or a team's database holds into another, but for recordings.

        Args:
            source: The folder of a home, or `postgresql://…`.
            target: Another one, empty.
            progress: Is told what is done; what it raises ends it.

        Raises:
            BadInputError: One of them is none, or both are the same.
            RefusedError: The target holds something else, or the role there may not.
            HostError: The copy is not what was copied, or a server is away.
        """
        from replay.team.sides import copied  # noqa: PLC0415 - as above

        return copied(source, target, clock=self.clock, progress=progress)


def _files(folder: Path) -> Iterable[Path]:
    return (path for path in folder.rglob("*") if path.is_file() and not path.is_symlink())
