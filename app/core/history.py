"""Runs held against each other, and what the replays of a playbook say of it."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress

import msgspec

from app.core.again import Again
from app.core.versions import VersionSummary
from capture.errors import BadInputError, ReplaybookError, UnknownNameError
from capture.tape.reader import load_run, load_trace
from capture.trace import Trace
from replay.governance.audit import Action
from replay.history.comparing import Aligned
from replay.history.comparison import Comparison
from replay.history.ledger import Account, Ledger, Recorded, account, ledger, recorded_of
from replay.history.sides import Side, recorded, replayed
from replay.history.stability import Stability, stability
from replay.history.suspects import IN_A_ROW, Suspect, suspect
from replay.library.rows import RepairRow, ReplayRow, version_id
from replay.outcome import Mode, Replay, ReplayStatus
from replay.playbook import Playbook
from replay.verifying import UNSTORED

LAST = 10
"""Replays that stability looks at when nobody says how many."""


class History(Again):
    """What can be told of what was done before."""

    def compare(self, one: str, two: str) -> Comparison:
        """Hold two runs against each other, step by step; as `side_by_side`."""
        return self.side_by_side(one, two)[0]

    def side_by_side(self, one: str, two: str) -> tuple[Comparison, Aligned]:
        """Hold two runs against each other, and keep both to be looked at.

        Args:
            one: A run or a replay: its id or name, or an unambiguous prefix.
            two: Another one.

        Raises:
            UnknownNameError: There is no such run or replay.
            BadInputError: A replay that ran no step.
        """
        pairs = [self._known(ref) for ref in (one, two)]
        playbooks = {replay.digest: self._replayed_version(replay) for replay, _ in pairs if replay}
        sides = [self._side(replay, trace, playbooks) for replay, trace in pairs]
        aligned = Aligned(*sides)
        return aligned.comparison(self.home.blob), aligned

    def recording_of(self, replay_id: str) -> str:
        """The recording that a replay's playbook was compiled from first.

        Raises:
            UnknownNameError: It is gone, or there never was one.
        """
        replay = self._replays.read(self._replays.resolve(replay_id))
        playbook = self._replayed_version(replay) or self._register.load(replay.playbook, replay.version)[0]
        for run_id in playbook.source_runs:
            with suppress(ReplaybookError):
                return self.trace(run_id).run.run_id
        raise UnknownNameError(f"no recording of {replay.playbook} is left to compare with")

    def stability(self, ref: str, *, last: int = LAST) -> Stability:
        """Look at the last replays of a version: which step flakes, which output varies, how long each took.

        Args:
            ref: `NAME[@V]`: the version named, else the active one, else the newest.
            last: How many replays of it, at most; those in a shadow, simulated or cut short don't count.
        """
        row = self._register.wanted(ref)
        playbook, _, row = self._register.load(row.name, row.version)
        rows = self._catalog.find(ReplayRow, playbook=row.name)
        ran = [one for one in reversed(rows) if one.mode is not Mode.SIMULATE and one.version != UNSTORED]
        left_out = {"simulated": sum(one.mode is Mode.SIMULATE for one in rows)}
        sides: list[Side] = []
        for at, one in enumerate(ran):
            if len(sides) == last:
                left_out[f"before the last {last}"] = len(ran) - at
                break
            side, why = self._counted(one.id, playbook, row.digest)
            if side:
                sides.append(side)
            else:
                left_out[why] = left_out.get(why, 0) + 1
        return stability(playbook, sides, last=last, left_out=left_out)

    def _counted(self, replay_id: str, playbook: Playbook, digest: str) -> tuple[Side | None, str]:
        """A replay to be looked at, or why not."""
        try:
            replay = self._replays.read(replay_id)
            if replay.digest != digest:
                return None, f"not of {playbook.name}@{playbook.version} as it is now"
            if replay.shadow is not None:
                return None, "in a shadow"
            if replay.status is ReplayStatus.CANCELLED:
                return None, "stopped by a person"
            return replayed(replay, self.trace(replay.run_id or ""), playbook), ""
        except ReplaybookError:
            return None, "their recording is gone"

    def ledger(self, name: str | None = None) -> Ledger:
        """What replaying has saved, of one playbook or of all."""
        names = (self._shelf.resolve(name)[0],) if name else self._shelf.names()
        listed: dict[str, list[ReplayRow]] = {one: [] for one in names}
        for row in reversed(self._catalog.find(ReplayRow)):
            if row.version != UNSTORED:
                listed.get(row.playbook, []).append(row)
        return ledger([self._account(one, rows) for one, rows in listed.items()])

    def _account(self, name: str, rows: Sequence[ReplayRow]) -> Account:
        ran = list(self._read(row for row in rows if row.mode is not Mode.SIMULATE))
        simulated = sum(row.mode is Mode.SIMULATE for row in rows)
        # What was replayed before replays said it themselves.
        silent = (one for one in ran if one.duration_ms is None and one.run_id)
        taken = {one.replay_id: lasted for one in silent if (lasted := self._lasted(one.run_id or "")) is not None}
        return account(name, list(self._recordings(name)), ran, taken=taken, simulated=simulated)

    def _recordings(self, name: str) -> Iterator[Recorded]:
        """What the recordings took that the versions of a playbook were compiled from."""
        made_from = (run_id for row in self._register.rows(name) for run_id in row.made_from)
        for run_id in dict.fromkeys(made_from):
            with suppress(ReplaybookError):
                trace = load_trace(self.home, run_id)
                found = recorded_of(trace) if trace.run.replay_id is None else None
                if found:
                    yield found

    def _lasted(self, run_id: str) -> float | None:
        """How long a run took, in milliseconds."""
        with suppress(ReplaybookError):
            run = load_run(self.home, run_id)
            return (run.ended_at - run.started_at).total_seconds() * 1000 if run.ended_at else None
        return None

    def playbooks(self) -> tuple[VersionSummary, ...]:
        """Every playbook by its newest version, and whether its active one is suspect."""
        found = super().playbooks()
        rows: dict[str, list[ReplayRow]] = {one.name: [] for one in found if one.active is not None}
        for row in reversed(self._catalog.find(ReplayRow) if rows else ()):
            rows.get(row.playbook, []).append(row)
        repaired = {row.playbook for row in self._catalog.find(RepairRow) if row.created_version is not None}
        return tuple(
            msgspec.structs.replace(
                one,
                suspect=self._suspect(one.name, one.active, rows[one.name]),
                wrong=self._wrong(one.name) if one.name in repaired else None,
            )
            if one.active is not None
            else one
            for one in found
        )

    def _wrong(self, name: str) -> str | None:
        return next((one.words for one in self.lessons(name)), None)

    def suspect(self, name: str) -> Suspect | None:
        """Why the active version of a playbook is not to be trusted now; None when it is, or there is none."""
        active = self._register.active(name)
        return self._suspect(name, active.version, self._rows_of(name)) if active else None

    def _suspect(self, name: str, version: int, rows: Iterable[ReplayRow]) -> Suspect | None:
        ran = [row for row in rows if row.version == version and row.mode is not Mode.SIMULATE]
        digest = self._register.digest(name, version)
        if digest is None or len(ran) < IN_A_ROW:
            return None
        found = suspect(self._read(ran), version=version, digest=digest, since=None)
        # The log is long: it is asked only where that can change something.
        return found and suspect(self._read(ran), version=version, digest=digest, since=self._risen(name, version))

    def _risen(self, name: str, version: int) -> str | None:
        """When a version was made the active one."""
        rises = (Action.PROMOTED, Action.ROLLED_BACK)
        at = (
            one.at
            for one in reversed(self._audit.entries())
            if one.action in rises and one.subject == version_id(name, version)
        )
        return next(at, None)

    def _known(self, ref: str) -> tuple[Replay | None, Trace]:
        """What a reference means: a replay and its recording, or a recording alone."""
        replay = self._replay_of(ref)
        if replay is None:
            return None, self.trace(ref)
        if replay.run_id is None:
            raise BadInputError(f"replay {replay.replay_id} ran no step ({replay.mode}); name one that did")
        return replay, self.trace(replay.run_id)

    def _replayed_version(self, replay: Replay) -> Playbook | None:
        """The version that was replayed, if it is still the same document."""
        with suppress(ReplaybookError):
            playbook, _, row = self._register.load(replay.playbook, replay.version)
            return playbook if row.digest == replay.digest else None
        return None

    def _side(self, replay: Replay | None, trace: Trace, playbooks: dict[str, Playbook | None]) -> Side:
        if replay is not None:
            return replayed(replay, trace, playbooks[replay.digest])
        # Step numbers of a playbook are those of the recording that was the model.
        for digest, playbook in playbooks.items():
            if playbook and playbook.source_runs[:1] == (trace.run.run_id,):
                return recorded(trace, playbook, digest)
        return recorded(trace)

    def _rows_of(self, name: str) -> tuple[ReplayRow, ...]:
        """Replays of a playbook as they are listed, newest first."""
        return self._catalog.find(ReplayRow, playbook=name)[::-1]

    def _read(self, rows: Iterable[ReplayRow]) -> Iterator[Replay]:
        """The whole of each, read when it is asked for."""
        for row in rows:
            # A damaged one, or one that another process has just removed, hides no other.
            with suppress(ReplaybookError):
                yield self._replays.read(row.id)
