"""From a divergence to proposals that wait, and from a person's answer to a new version."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

import msgspec

from capture.errors import BadInputError
from capture.trace import SeenFile
from replay import document
from replay.governance.approvals import Reviews
from replay.library.catalog import Catalog
from replay.library.ids import stamp
from replay.library.register import Register
from replay.playbook import Playbook
from replay.protocols import Proposed, Stop
from replay.repairs import patching
from replay.repairs.proposal import Evidence, Files, PatchEntry, PatchOp, Repair, RepairStatus, Risk
from replay.repairs.propose import propose
from replay.repairs.ranking import Ranked

_JUST_PUT_IN = "a repair of this replay has put that step in; reject the draft that it makes, or edit it there"


class Decision(StrEnum):
    """A person's answer to a repair."""

    APPROVE = "approve"
    REJECT = "reject"
    REQUEST_CHANGES = "request-changes"


@dataclass(frozen=True)
class Inbox:
    """Repairs that wait for a person.

    Attributes:
        catalog: For changes that belong together.
        register: Where versions are read and made.
        reviews: Where repairs and answers are kept.
        new_id: Fresh repair ids.
        clock: UTC now.
        actor: Who answers.
    """

    catalog: Catalog
    register: Register
    reviews: Reviews
    new_id: Callable[[], str]
    clock: Callable[[], datetime]
    actor: str
    going_on: set[str] = field(default_factory=set)
    """Replays of this process whose end makes one version of all that is approved in them."""

    def review(self, given: str, decision: Decision, *, note: str | None, edited: str | None = None) -> Repair:
        """Answer a repair; an approval makes the next version, as a draft.

        While its replay goes on and waits for the answer, the version is made at the end of that replay.

        Args:
            given: Its id, or an unambiguous prefix.
            decision: The answer.
            note: Why.
            edited: The person's own command instead of the proposed one; only with an approval.

        Returns:
            The repair as it stands now.

        Raises:
            RefusedError: It was decided already, is stale, or may not be decided by this actor.
            BadInputError: An edited command without an approval.
        """
        repair = self.reviews.get(given)
        if edited is not None:
            if decision is not Decision.APPROVE:
                raise BadInputError("an edited command goes with an approval; reject or request changes with a note")
            repair = self._edited(repair, edited)
        match decision:
            case Decision.APPROVE:
                self._approve(repair, note)
            case Decision.REJECT:
                self.reviews.reject(repair.repair_id, actor=self.actor, note=note)
            case Decision.REQUEST_CHANGES:
                self.reviews.request_changes(repair.repair_id, actor=self.actor, note=note)
        return self.reviews.get(repair.repair_id)

    def _approve(self, repair: Repair, note: str | None) -> None:
        with self.catalog.transaction():
            base, _, _ = self.register.load(repair.playbook, repair.base_version)
            repaired = patching.apply(base, repair.patch)
            self.reviews.approve(repair.repair_id, actor=self.actor, note=note)
            if repair.replay_id not in self.going_on:
                self._make(repaired, [repair])

    def _make(self, repaired: Playbook, repairs: Sequence[Repair]) -> None:
        used = tuple(repair.repair_id for repair in repairs)
        _, made = self.register.add(repaired, made_from=used, based_on=repairs[-1].base_version)
        self.reviews.use(used, made=made, actor=self.actor)

    def unused(self, replay_id: str) -> tuple[Repair, ...]:
        """What was approved in a replay and made no version yet, the one with all others last.

        Args:
            replay_id: Of that replay.
        """
        found = (one for one in self.reviews.all() if one.replay_id == replay_id and one.created_version is None)
        return tuple(
            sorted((one for one in found if one.status is RepairStatus.APPROVED), key=lambda one: len(one.patch))
        )

    def conclude(self, replay_id: str) -> None:
        """Make one version of all that was approved in a replay; nothing when that was done, or nothing was.

        Args:
            replay_id: It has come to its end, or its process died.
        """
        self.going_on.discard(replay_id)
        with self.catalog.transaction():
            unused = [one for one in self.unused(replay_id) if self._is_bound(one)]
            while unused:
                # The patch of each begins with those that were approved before it.
                last = max(unused, key=lambda one: len(one.patch))
                together = [one for one in unused if _begins_with(last, one)]
                unused = [one for one in unused if one not in together]
                base, _, _ = self.register.load(last.playbook, last.base_version)
                self._make(patching.apply(base, last.patch), together)

    def _is_bound(self, repair: Repair) -> bool:
        """Whether the version that it was approved for is still that one."""
        return self.register.digest(repair.playbook, repair.base_version) == repair.base_digest

    def _edited(self, repair: Repair, command: str) -> Repair:
        """The person's own repair for the same step, waiting beside the proposed one."""
        base, _, _ = self.register.load(repair.playbook, repair.base_version)
        before = self.unused(repair.replay_id) if repair.replay_id in self.going_on else ()
        own_words = PatchEntry(op=PatchOp.REPLACE, step_index=repair.step_index, value=command)
        patch = (*(before[-1].patch if before else ()), own_words)
        own = msgspec.structs.replace(
            repair,
            repair_id=self.new_id(),
            status=RepairStatus.PROPOSED,
            source="human",
            rationale=f"edited by {self.actor} from {repair.repair_id}",
            confidence=1.0,
            preselected=False,
            risk=Risk.MEDIUM,
            patch=patch,
            diff=document.diff(base, patching.apply(base, patch)),
            validation=None,
            created_version=None,
            created_at=stamp(self.clock()),
            note=None,
        )
        self.reviews.propose(own)
        return own


@dataclass
class SourcedMender:
    """Asks the repair sources about a stopped replay, and puts what they say into the inbox.

    Attributes:
        inbox: Where proposals wait.
        files_at: The machine as a step in that directory sees it.
        workspace: Absolute.
        recorded_files: The workspace when the recording began.
        recorded_environment: Exported variables when it began, secrets masked.
        denied: What the user's policy has against a command that a proposal would bring in; None: nothing.
    """

    inbox: Inbox
    files_at: Callable[[str], Files]
    workspace: str
    recorded_files: Sequence[SeenFile]
    recorded_environment: Mapping[str, str]
    denied: Callable[[str], str | None] = lambda _: None
    _replay_id: str = field(init=False, default="")
    _base: tuple[Playbook, str] | None = field(init=False, default=None)
    _last: Repair | None = field(init=False, default=None)
    """Approved, and part of no version yet."""

    def propose(self, playbook: Playbook, digest: str, stop: Stop) -> Proposed:
        """Ask every source, rank, store as waiting; each holds what was approved in this replay before it."""
        self._replay_id = stop.replay_id
        self.inbox.going_on.add(stop.replay_id)
        self._base = self._base or (playbook, digest)
        evidence = Evidence(
            playbook=playbook,
            failure=stop.failure,
            command=stop.command,
            cwd=stop.cwd,
            workspace=self.workspace,
            actual=stop.actual,
            bindings=stop.bindings,
            recorded_files=tuple(self.recorded_files),
            recorded_environment=dict(self.recorded_environment),
        )
        found = propose(evidence, self.files_at(stop.cwd), denied=self.denied)
        waiting = {_offer(one): one for one in self.inbox.reviews.all() if one.status is RepairStatus.PROPOSED}
        unused = self.inbox.unused(stop.replay_id)
        before = unused[-1].patch if unused else ()
        # A patch counts the steps of the version that it is bound to; what runs has steps in between by now.
        origins = patching.origins(before, len(self._base[0].steps))
        index = origins[stop.failure.step_index - 1]
        if index is None:
            return Proposed(repairs=(), abstained=_JUST_PUT_IN)
        stop = msgspec.structs.replace(stop, failure=msgspec.structs.replace(stop.failure, step_index=index))
        counted = (one for one in (_counted(ranked, origins) for ranked in found.candidates) if one is not None)
        repairs = tuple(self._repair(*self._base, stop, ranked, before, waiting) for ranked in counted)
        for repair in repairs:
            self.inbox.reviews.propose(repair)
        return Proposed(repairs=repairs, abstained=found.abstained)

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
        repaired = patching.apply(base, repair.patch)
        number = self.inbox.register.rows(repair.playbook)[-1].version + 1
        numbered = msgspec.structs.replace(repaired, version=number)
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
            diff=document.diff(playbook, patching.apply(playbook, patch)),
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


def _begins_with(repair: Repair, other: Repair) -> bool:
    """Whether a repair holds another, on the same version."""
    same = (repair.base_version, repair.base_digest) == (other.base_version, other.base_digest)
    return same and repair.patch[: len(other.patch)] == other.patch
