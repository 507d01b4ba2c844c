"""From a divergence to proposals that wait, and from a person's answer to a new version."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

import msgspec

from capture.errors import BadInputError
from replay import document
from replay.governance.approvals import Reviews
from replay.library.catalog import Catalog
from replay.library.ids import stamp
from replay.library.register import Register
from replay.playbook import Playbook
from replay.repairs import patching
from replay.repairs.proposal import PatchEntry, PatchOp, Repair, RepairStatus, Risk


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


def _begins_with(repair: Repair, other: Repair) -> bool:
    """Whether a repair holds another, on the same version."""
    same = (repair.base_version, repair.base_digest) == (other.base_version, other.base_digest)
    return same and repair.patch[: len(other.patch)] == other.patch
