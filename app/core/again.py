"""Asks the source of a repair that was sent back for another one."""

from collections.abc import Sequence

import msgspec

from app.core.auditing import Auditing
from app.outside import AskedAgain
from capture.errors import RefusedError, UnknownNameError
from capture.trace import Step
from replay import binding
from replay.mending import Stopped
from replay.outcome import Failure, Replay, StepOutcome, added
from replay.protocols import Director, Headless, Proposed, Stop
from replay.repairs import patching
from replay.repairs.proposal import Declined, PatchEntry, Repair, RepairStatus

OUTSIDE = ("http", "llm")
"""Sources that can read what a person says."""


class Again(Auditing):
    """What can be asked for again."""

    def ask_again(self, repair_id: str, *, director: Director | None = None) -> AskedAgain:
        """Hand a person's note, and the patch that it is about, to the source that made it.

        Args:
            repair_id: Of a repair that changes were requested of.
            director: Who is asked before something is sent for the first time; None: nobody is there.

        Returns:
            What it came to. A rule can't read: the note is kept, and the other proposals wait on.

        Raises:
            RefusedError: Nobody has requested changes of it.
        """
        repair = self._reviews.get(repair_id)
        if repair.status is not RepairStatus.CHANGES_REQUESTED:
            raise RefusedError(f"{repair.repair_id} is {repair.status}: only one that was sent back is asked for again")
        if repair.source not in OUTSIDE:
            return AskedAgain(notes=(self._unread(repair),))
        going = next((one for one in self._mending if one.replay_id == repair.replay_id), None)
        try:
            if going is not None:
                return _told(going.again(_declined(repair, going.before), repair.source))
            return self._from_the_record(repair, director or Headless())
        except UnknownNameError as error:
            return AskedAgain(notes=(f"{repair.source} is not asked again: {error}",))

    def _unread(self, repair: Repair) -> str:
        """What is said where a source can't read."""
        step = (repair.replay_id, repair.step_index, RepairStatus.PROPOSED)
        others = [one for one in self._reviews.all() if (one.replay_id, one.step_index, one.status) == step]
        waiting = {0: "no other proposal waits", 1: "1 other proposal waits on"}
        told = waiting.get(len(others), f"{len(others)} other proposals wait on")
        maker = "a person" if repair.source == "human" else f"a rule ({repair.source.removeprefix('rule:')})"
        return f"it was made by {maker}, which reads no notes: yours is kept in the log; {told} for this step"

    def _from_the_record(self, repair: Repair, director: Director) -> AskedAgain:
        """Ask about a replay that has ended.

        Raises:
            UnknownNameError: Its replay or its version is not here.
        """
        replay = self._replays.read(repair.replay_id or "")
        base, _, row = self._register.load(repair.playbook, repair.base_version)
        if row.digest != repair.base_digest:
            return AskedAgain(notes=(f"{row.ref} has changed since: replay guided again for a new proposal",))
        before = _before(repair)
        stop = self._stop(replay, repair)
        if stop is None:
            return AskedAgain(notes=("its replay went on past this step: replay guided again for a new proposal",))
        mender = self._mender(base, replay.workspace, director)
        stopped = Stopped(
            patching.apply(base, before) if before else base, row.digest, stop, before, (base, row.digest)
        )
        found = mender.again(_declined(repair, before), repair.source, stopped)
        self._keep(msgspec.structs.replace(replay, usage=added(replay.usage, mender.usage)))
        return _told(found)

    def _stop(self, replay: Replay, repair: Repair) -> Stop | None:
        """Where a replay stopped; None where that is not where the repair was made for."""
        if replay.failure is None or replay.stopped_at != repair.step_index:
            return None
        return self._stopped_at(replay, replay.failure)

    def _stopped_at(self, replay: Replay, failure: Failure) -> Stop:
        """Where a replay stopped, as it is recorded."""
        outcome = replay.steps[failure.step_index - 1]
        return Stop(
            replay_id=replay.replay_id,
            failure=failure,
            command=outcome.run,
            cwd=replay.standing.cwd if replay.standing else replay.workspace,
            actual=self._actual(replay, outcome),
            bindings={name: value for name, value in replay.bindings.items() if value != binding.MASKED},
        )

    def _actual(self, replay: Replay, outcome: StepOutcome) -> Step | None:
        """What happened at the step that it stopped at; None when it was stopped before."""
        if replay.run_id is None or outcome.exit_code is None:
            return None
        steps = self.trace(replay.run_id).steps
        return msgspec.structs.replace(steps[-1], step_index=outcome.step_index) if steps else None


def _declined(repair: Repair, before: Sequence[PatchEntry]) -> Declined:
    return Declined(patch=repair.patch[len(before) :], note=repair.note or "another one, please")


def _before(repair: Repair) -> tuple[PatchEntry, ...]:
    """What was approved before it: of outsiders, all that is not about the step itself."""
    earlier = [at for at, entry in enumerate(repair.patch, 1) if entry.step_index != repair.step_index]
    return repair.patch[: max(earlier, default=0)]


def _told(found: Proposed) -> AskedAgain:
    none = () if found.repairs else ("no other proposal came",)
    return AskedAgain(repairs=found.repairs, notes=(*found.notes, *none))
