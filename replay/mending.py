"""Asks the repair sources about a stopped replay, keeps what they say, and goes on with what was approved."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import msgspec

from capture.errors import BadInputError, RefusedError
from capture.trace import SeenFile
from replay import document
from replay.inbox import Inbox, repaired
from replay.library.ids import stamp
from replay.outcome import Usage
from replay.playbook import Playbook
from replay.protocols import Proposed, Stop
from replay.repairs import patching
from replay.repairs.learning import tracks
from replay.repairs.proposal import (
    Declined,
    Evidence,
    Files,
    PatchEntry,
    Repair,
    RepairStatus,
    Rule,
)
from replay.repairs.propose import propose
from replay.repairs.ranking import Ranked
from replay.repairs.sources import RULES
from replay.sources.outside import Outside

_JUST_PUT_IN = "a repair of this replay has put that step in; reject the draft that it makes, or edit it there"


class Stopped(NamedTuple):
    """Where a replay stopped, and what was approved in it before."""

    playbook: Playbook
    """As it was replayed there."""
    digest: str
    stop: Stop
    before: tuple[PatchEntry, ...]
    """Begins the patch of each proposal that is made there."""
    base: tuple[Playbook, str]
    """The stored version that proposals are bound to, and its digest."""


@dataclass
class SourcedMender:
    """Asks the repair sources about a stopped replay, and puts what they say into the inbox.

    Attributes:
        inbox: Where proposals wait.
        files_at: The machine as a step in that directory sees it.
        workspace: Absolute.
        recorded_files: The workspace when the recording began.
        recorded_environment: Exported variables when it began, secrets masked.
        home: The user's home, absolute; empty when it is not known.
        rules: Those of this machine.
        denied: What the user's policy has against a command that a proposal would bring in; None: nothing.
        outside: The sources outside of this machine that are switched on; None: none is.
    """

    inbox: Inbox
    files_at: Callable[[str], Files]
    workspace: str
    recorded_files: Sequence[SeenFile]
    recorded_environment: Mapping[str, str]
    home: str = ""
    rules: Callable[[], Sequence[Rule]] = lambda: RULES
    denied: Callable[[str], str | None] = lambda _: None
    outside: Outside | None = None
    _replay_id: str = field(init=False, default="")
    _base: tuple[Playbook, str] | None = field(init=False, default=None)
    _last: Repair | None = field(init=False, default=None)
    """Approved, and part of no version yet."""
    _stopped: "Stopped | None" = field(init=False, default=None)

    @property
    def replay_id(self) -> str:
        """The replay that it was asked in; empty before it was."""
        return self._replay_id

    @property
    def usage(self) -> Usage:
        """What asking has taken so far."""
        return self.outside.usage if self.outside else Usage()

    @property
    def before(self) -> tuple[PatchEntry, ...]:
        """What was approved before, where the replay stands."""
        return self._stopped.before if self._stopped else ()

    def propose(self, playbook: Playbook, digest: str, stop: Stop) -> Proposed:
        """Ask every source, rank, store as waiting; each holds what was approved in this replay before it."""
        self._replay_id = stop.replay_id
        self.inbox.going_on.add(stop.replay_id)
        self._base = self._base or (playbook, digest)
        unused = self.inbox.unused(stop.replay_id)
        self._stopped = Stopped(playbook, digest, stop, unused[-1].patch if unused else (), self._base)
        outside = self.outside.rules() if self.outside else ()
        return self._asked(self._stopped, (*self.rules(), *outside), ())

    def again(self, declined: Declined, source: str, stopped: "Stopped | None" = None) -> Proposed:
        """Ask the source of a proposal that was sent back for another one.

        Args:
            declined: The proposal, and what should be different.
            source: Whose it was.
            stopped: Where its replay stopped; None: where this one stands.

        Returns:
            What it came to, stored as waiting.
        """
        stopped = stopped or self._stopped
        outside = self.outside.rules(again=True) if self.outside else ()
        asked = tuple(one for one in outside if one.name == source)
        if stopped is None or not asked:
            return Proposed(repairs=(), abstained=None, notes=(f"{source} is not switched on: it is not asked again",))
        # Here too it is counted as the replay counts.
        here = stopped.stop.failure.step_index
        patch = tuple(msgspec.structs.replace(entry, step_index=here) for entry in declined.patch)
        return self._asked(stopped, asked, (msgspec.structs.replace(declined, patch=patch),))

    def of(self, stopped: "Stopped", rules: Sequence[Rule]) -> Proposed:
        """Ask some sources about a replay that has ended.

        Args:
            stopped: Where it stopped.
            rules: They alone.

        Returns:
            What they came to, stored as waiting.
        """
        return self._asked(stopped, rules, ())

    def _asked(self, stopped: "Stopped", rules: Sequence[Rule], declined: tuple[Declined, ...]) -> Proposed:
        """Ask sources, and store what they come to as waiting."""
        # A patch counts the steps of the version that it is bound to; what runs has steps in between by now.
        failure = stopped.stop.failure
        origins = patching.origins(stopped.before, len(stopped.base[0].steps))
        index = origins[failure.step_index - 1]
        if index is None:
            return Proposed(repairs=(), abstained=_JUST_PUT_IN)
        evidence = self._evidence(stopped, declined)
        known = self.inbox.reviews.all()
        files = self.files_at(stopped.stop.cwd)
        found = propose(evidence, files, rules=rules, denied=self.denied, known=tracks(known))
        waiting = {_offer(one): one for one in known if one.status is RepairStatus.PROPOSED}
        stop = msgspec.structs.replace(stopped.stop, failure=msgspec.structs.replace(failure, step_index=index))
        counted = (one for one in (_counted(ranked, origins) for ranked in found.candidates) if one is not None)
        made = [self._repair(*stopped.base, stop, ranked, stopped.before, waiting) for ranked in counted]
        repairs = tuple(map(self._kept, made))
        notes = self.outside.drained() if self.outside else ()
        return Proposed(repairs=repairs, abstained=found.abstained, notes=(*found.notes, *notes))

    def _kept(self, repair: Repair) -> Repair:
        """The repair as it waits."""
        try:
            return self.inbox.reviews.propose(repair)
        except RefusedError:
            # Somebody decided the one that waited between our look and our write: this is another one.
            return self.inbox.reviews.propose(msgspec.structs.replace(repair, repair_id=self.inbox.new_id()))

    def _evidence(self, stopped: "Stopped", declined: tuple[Declined, ...]) -> Evidence:
        stop = stopped.stop
        return Evidence(
            playbook=stopped.playbook,
            digest=stopped.digest,
            failure=stop.failure,
            command=stop.command,
            cwd=stop.cwd,
            workspace=self.workspace,
            actual=stop.actual,
            bindings=stop.bindings,
            recorded_files=tuple(self.recorded_files),
            recorded_environment=dict(self.recorded_environment),
            home=self.home,
            declined=declined,
        )

    def approved(self, repair_id: str) -> tuple[Playbook, str]:
        """What the replay goes on with, and its digest; no version yet, unless it was made elsewhere."""
        repair = self.inbox.reviews.get(repair_id)
        if repair.created_version is None and repair.status is not RepairStatus.APPROVED:
            raise BadInputError(f"{repair_id} is {repair.status}, not approved: the replay can't go on with it")
        self._last = repair
        if repair.created_version is not None:
            # What comes is bound to that version.
            made = self._base = self.conclude() or self._loaded(repair)
            return made
        base, _, _ = self.inbox.register.load(repair.playbook, repair.base_version)
        number = self.inbox.register.rows(repair.playbook)[-1].version + 1
        numbered = msgspec.structs.replace(repaired(base, repair.patch), version=number)
        return numbered, document.digest(numbered)

    def conclude(self) -> tuple[Playbook, str] | None:
        """Make one version of all that was approved."""
        last, self._last = self._last, None
        self.inbox.conclude(self._replay_id)
        return self._loaded(self.inbox.reviews.get(last.repair_id)) if last else None

    def _loaded(self, repair: Repair) -> tuple[Playbook, str]:
        playbook, _, row = self.inbox.register.load(repair.playbook, repair.created_version or repair.base_version)
        return playbook, row.digest

    def _repair(
        self,
        playbook: Playbook,
        digest: str,
        stop: Stop,
        ranked: Ranked,
        before: Sequence[PatchEntry],
        waiting: Mapping[bytes, Repair],
    ) -> Repair:
        """The candidate as a repair; one that waits already keeps its id and is brought up to date."""
        candidate = ranked.candidate
        patch = (*before, *candidate.patch)
        repair = Repair(
            repair_id=self.inbox.new_id(),
            playbook=playbook.name,
            base_version=playbook.version,
            base_digest=digest,
            step_index=stop.failure.step_index,
            status=RepairStatus.PROPOSED,
            rank=ranked.rank,
            source=candidate.source,
            failure_class=stop.failure.failure_class,
            rationale=candidate.rationale,
            confidence=candidate.confidence,
            preselected=ranked.preselected,
            risk=candidate.risk,
            patch=patch,
            diff=document.diff(playbook, repaired(playbook, patch)),
            created_at=stamp(self.inbox.clock()),
            replay_id=stop.replay_id,
            workspace=self.workspace,
        )
        known = waiting.get(_offer(repair))
        return msgspec.structs.replace(repair, repair_id=known.repair_id) if known else repair


def _counted(ranked: Ranked, origins: Sequence[int | None]) -> Ranked | None:
    """A candidate whose patch counts the steps of the base; None where it changes one that the base has not."""
    numbers = [origins[entry.step_index - 1] for entry in ranked.candidate.patch]
    patch = tuple(
        msgspec.structs.replace(entry, step_index=number)
        for entry, number in zip(ranked.candidate.patch, numbers, strict=True)
        if number is not None
    )
    if len(patch) < len(numbers):
        return None
    candidate = msgspec.structs.replace(ranked.candidate, patch=patch)
    return msgspec.structs.replace(ranked, candidate=candidate)


def _offer(repair: Repair) -> bytes:
    """What a repair changes, and in which version exactly."""
    return msgspec.json.encode((repair.base_digest, repair.step_index, repair.workspace, repair.patch))
