"""From a divergence to proposals that wait, and from a person's answer to a new version."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
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

    def review(self, given: str, decision: Decision, *, note: str | None, edited: str | None = None) -> Repair:
        """Answer a repair; an approval makes the next version, as a draft.

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
            _, made = self.register.add(repaired, made_from=(repair.repair_id,), based_on=repair.base_version)
            self.reviews.use([repair.repair_id], made=made, actor=self.actor)

    def _edited(self, repair: Repair, command: str) -> Repair:
        """The person's own repair for the same step, waiting beside the proposed one."""
        base, _, _ = self.register.load(repair.playbook, repair.base_version)
        patch = (PatchEntry(op=PatchOp.REPLACE, step_index=repair.step_index, value=command),)
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


@dataclass(frozen=True)
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

    def propose(self, playbook: Playbook, digest: str, stop: Stop) -> Proposed:
        """Ask every source, rank, store as waiting."""
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
        repairs = tuple(self._repair(playbook, digest, stop, ranked, waiting) for ranked in found.candidates)
        for repair in repairs:
            self.inbox.reviews.propose(repair)
        return Proposed(repairs=repairs, abstained=found.abstained)

    def approved(self, repair_id: str) -> tuple[Playbook, str]:
        """The version that the approval made, and its digest."""
        repair = self.inbox.reviews.get(repair_id)
        if repair.created_version is None:
            raise BadInputError(f"{repair_id} is {repair.status}, not approved: the replay can't go on with it")
        playbook, _, row = self.inbox.register.load(repair.playbook, repair.created_version)
        return playbook, row.digest

    def _repair(
        self, playbook: Playbook, digest: str, stop: Stop, ranked: Ranked, waiting: Mapping[bytes, Repair]
    ) -> Repair:
        """The candidate as a repair; one that waits already keeps its id and is brought up to date."""
        candidate = ranked.candidate
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
            patch=candidate.patch,
            diff=document.diff(playbook, patching.apply(playbook, candidate.patch)),
            created_at=stamp(self.inbox.clock()),
            replay_id=stop.replay_id,
            workspace=self.workspace,
        )
        known = waiting.get(_offer(repair))
        return msgspec.structs.replace(repair, repair_id=known.repair_id) if known else repair


def _offer(repair: Repair) -> bytes:
    """What a repair changes, and in which version exactly."""
    return msgspec.json.encode((repair.base_digest, repair.step_index, repair.workspace, repair.patch))
