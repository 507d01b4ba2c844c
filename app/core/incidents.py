"""Reports of one replay or recording, to attach where somebody has to look at it."""

import os
from collections.abc import Iterator
from contextlib import suppress
from itertools import chain
from pathlib import Path

import msgspec

from app import __version__
from app.core.watching import Watching
from app.incident.hiding import Hiding, stand_ins
from app.incident.material import BOUNDED, FULL, Made, Material, VersionShown
from app.putting import FRAMES, Told, followed, unheard
from capture.errors import ReplaybookError, UnknownNameError
from capture.secrets.redaction import Redactor
from capture.secrets.rules import load_rules
from capture.tape import reader
from capture.trace import Trace
from replay import document
from replay.governance.chain import AuditEntry
from replay.history.comparing import compare
from replay.history.sides import Side, recorded, replayed
from replay.library.rows import RepairRow, ReplayRow, ValidationRow
from replay.outcome import Mode, Replay
from replay.playbook import Playbook
from replay.repairs.proposal import Repair
from replay.secret_sources import look_up
from replay.sources.settings import keys_in
from replay.wanting import secrets_wanted


class Incidents(Watching):
    """What can be reported."""

    def incident(
        self,
        ref: str,
        *,
        path: Path | None = None,
        folder: bool = False,
        anonymize: bool = False,
        full: bool = False,
        progress: Told = unheard,
    ) -> Made:
        """Write all that is known of a replay or recording to one file, or one folder.

        Args:
            ref: A run or a replay: its id or name, or an unambiguous prefix.
            path: The file or folder; None: named after it, in the current directory.
            folder: A folder with its parts instead of one page.
            anonymize: Put stand-ins in place of home directories, users and hosts.
            full: Shorten nothing.
            progress: Is told how far it is; what it raises leaves what was there before.

        Raises:
            UnknownNameError: There is no such run or replay.
            BadInputError: It can't be written there.
        """
        from app.incident.writing import write  # noqa: PLC0415 - only reports need the emulator

        progress("reading what is known of it")
        found = self._material(ref)
        hiding = self._hiding(found, anonymize=anonymize)
        return write(
            self._hidden(found, hiding),
            hiding,
            frames=lambda run_id: followed(reader.read_frames(self.home, run_id), progress, FRAMES),
            progress=progress,
            path=path,
            folder=folder,
            limits=FULL if full else BOUNDED,
        )

    def _material(self, ref: str) -> Material:
        """As it is stored, with all that has to be hidden."""
        program = __version__
        replay = None
        with suppress(UnknownNameError):
            # What is left of a replay that is gone is a recording.
            replay = self._replay_of(ref)
        if replay is None:
            alone = _lighter(self.trace(ref))
            entries = self._about({alone.run.run_id})
            return Material(program=program, trace=alone, entries=entries, log=self.verify_audit())
        repairs = self._repairs_of(replay)
        versions = tuple(self._versions_of(replay, repairs))
        trace = self._recorded(replay.run_id)
        playbook = self._replayed_version(replay)
        source = next(filter(None, map(self._recorded, playbook.source_runs if playbook else ())), None)
        subjects = {replay.replay_id, *(one.repair_id for one in repairs), *(one.ref for one in versions)}
        subjects |= {one.run.run_id for one in (trace, source) if one}
        return Material(
            program=program,
            replay=replay,
            trace=trace,
            source=source,
            versions=versions,
            repairs=repairs,
            entries=self._about(subjects),
            log=self.verify_audit(),
            simulated=self._simulated(replay),
        )

    def _recorded(self, run_id: str | None) -> Trace | None:
        with suppress(ReplaybookError):
            return _lighter(self.trace(run_id)) if run_id else None
        return None

    def _repairs_of(self, replay: Replay) -> tuple[Repair, ...]:
        """Those that it wanted, and those that made the version that it replayed."""
        made = self._catalog.find(RepairRow, playbook=replay.playbook)
        wanted = [row.id for row in made if row.replay_id == replay.replay_id or row.id in replay.repairs]
        wanted += [row.id for row in made if row.created_version == replay.version and row.id not in wanted]
        return tuple(self._reviews.get(one) for one in wanted)

    def _versions_of(self, replay: Replay, repairs: tuple[Repair, ...]) -> Iterator[VersionShown]:
        """The one that was replayed, then the others that repairs started from or made, and the active one."""
        name = replay.playbook
        active = self._register.active(name)
        numbers = [replay.version, *(one.base_version for one in repairs), *(one.created_version for one in repairs)]
        numbers += [active.version] if active else []
        for number in dict.fromkeys(number for number in numbers if number):
            with suppress(ReplaybookError):
                yield self._shown(name, number, repairs)

    def _shown(self, name: str, number: int, repairs: tuple[Repair, ...]) -> VersionShown:
        playbook, text, row = self._register.load(name, number)
        bases = (one.base_version for one in repairs if one.created_version == number)
        edited = (int(one.rpartition("@")[2]) for one in row.made_from if one.startswith(f"{name}@"))
        base = next(chain(bases, edited), None)
        before = self._register.load(name, base)[0] if base else None
        return VersionShown(
            playbook=playbook,
            status=row.status,
            digest=row.digest,
            created_at=row.created_at,
            made_from=row.made_from,
            text=text,
            validations=self._catalog.find(ValidationRow, playbook=name, version=number),
            before=f"{name}@{base}" if base else None,
            diff=document.diff(before, playbook) if before else "",
        )

    def _about(self, subjects: set[str]) -> tuple[AuditEntry, ...]:
        return tuple(entry for entry in self._audit.entries() if entry.subject in subjects)

    def _simulated(self, replay: Replay) -> Replay | None:
        if replay.mode is Mode.SIMULATE:
            return replay
        rows = self._catalog.find(ReplayRow, playbook=replay.playbook, version=replay.version)
        before = (row for row in reversed(rows) if row.mode is Mode.SIMULATE and row.started_at <= replay.started_at)
        return next((one for one in self._read(before) if one.digest == replay.digest), None)

    def _hiding(self, found: Material, *, anonymize: bool) -> Hiding:
        """What knows the secrets of it: the rules of now, and every value that could be asked for in its replay."""
        runs = [one.run for one in (found.trace, found.source) if one]
        names = stand_ins(runs, (entry.actor for entry in found.entries)) if anonymize else {}
        hiding = Hiding(Redactor(load_rules(self.home)), names)
        for one in found.versions:
            for wanted in secrets_wanted(one.playbook):
                if secret := look_up(one.playbook.name, wanted, os.environ):
                    hiding.give(secret.value)
        for key in keys_in(self.home, os.environ):
            hiding.give(key)
        for trace in (found.trace, found.source):
            hiding.environment(trace.environment if trace else {})
        return hiding

    def _hidden(self, found: Material, hiding: Hiding) -> Material:
        """The same without what has to be hidden, held against its recording only then."""
        hidden = hiding.of(found)
        hidden = msgspec.structs.replace(
            hidden,
            trace=_masked(found.trace, hidden.trace, hiding),
            source=_masked(found.source, hidden.source, hiding),
        )
        sides = _sides(hidden)
        if sides is None:
            return hidden
        held = compare(*sides, blobs=lambda digest: hiding.content(self.home.blob(digest)))
        return msgspec.structs.replace(hidden, sides=sides, comparison=held)


def _lighter(trace: Trace) -> Trace:
    """Without what a report doesn't show."""
    return msgspec.structs.replace(trace, workspace_before=(), defined=())


def _masked(found: Trace | None, hidden: Trace | None, hiding: Hiding) -> Trace | None:
    """Variables are masked by their names too."""
    if found is None or hidden is None:
        return None
    return msgspec.structs.replace(hidden, environment=hiding.environment(found.environment))


def _sides(found: Material) -> tuple[Side, Side] | None:
    if found.replay is None or found.trace is None or found.source is None:
        return None
    playbook: Playbook | None = found.playbook
    one = recorded(found.source, playbook, found.replay.digest if playbook else None)
    return one, replayed(found.replay, found.trace, playbook)
