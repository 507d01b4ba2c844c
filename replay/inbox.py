"""From a divergence to proposals that wait, and from a person's answer to a new version."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

import msgspec

from capture.errors import BadInputError, RefusedError
from replay import document
from replay.governance import reviewing
from replay.governance.approvals import Reviews
from replay.governance.audit import Action, Log
from replay.governance.bound import Seen, text_digest
from replay.governance.states import RepairAct, next_repair_status
from replay.library.catalog import Catalog
from replay.library.ids import stamp
from replay.library.register import Register
from replay.library.rows import RepairRow, VersionRow
from replay.playbook import Playbook, SafetyLevel
from replay.repairs import patching
from replay.repairs.learning import LEARNED, Lesson, lessons, proposed_before
from replay.repairs.proposal import PatchEntry, PatchOp, Repair, RepairStatus, Risk

_MAKE = frozenset({Action.COMPILED, Action.UPDATED, Action.WRITTEN, Action.IMPORTED})
"""Decisions that make a version without a repair."""


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
        audit: The log of decisions.
        new_id: Fresh repair ids.
        clock: UTC now.
        actor: Who answers.
    """

    catalog: Catalog
    register: Register
    reviews: Reviews
    audit: Log
    new_id: Callable[[], str]
    clock: Callable[[], datetime]
    actor: str
    going_on: set[str] = field(default_factory=set)
    """Replays of this process whose end makes one version of all that is approved in them."""

    def review(
        self, given: str, decision: Decision, *, note: str | None, edited: str | None = None, seen: Seen | None = None
    ) -> Repair:
        """Answer a repair; an approval makes the next version, as a draft.

        While its replay goes on and waits for the answer, the version is made at the end of that replay; while the
        user's policy wants another person's yes, when that was given.

        Args:
            given: Its id, or an unambiguous prefix.
            decision: The answer.
            note: Why.
            edited: The person's own command instead of the proposed one; only with an approval.
            seen: What they had before them; None: what the command line showed them last, if it did.

        Returns:
            The repair as it stands now.

        Raises:
            RefusedError: It was decided already, is stale, is not what they saw, or may not be decided by this actor.
            BadInputError: An edited command without an approval, or an empty one.
        """
        repair = self.reviews.get(given)
        seen = seen or self.reviews.looked(repair.repair_id, actor=self.actor)
        if edited is not None:
            repair = self._edited(repair, edited, decision)
            seen = seen and msgspec.structs.replace(seen, shown=text_digest(edited))
        elif seen and seen.shown != text_digest(repair.diff):
            raise RefusedError(
                f"{repair.repair_id} is another one than you were shown; "
                f"look again: replaybook repair {repair.repair_id}"
            )
        match decision:
            case Decision.APPROVE:
                self._approve(repair, note, seen)
                self._learn(repair.playbook)
            case Decision.REJECT:
                self.reviews.reject(repair.repair_id, actor=self.actor, note=note, seen=seen)
            case Decision.REQUEST_CHANGES:
                self.reviews.request_changes(repair.repair_id, actor=self.actor, note=note, seen=seen)
        return self.reviews.get(repair.repair_id)

    def _approve(self, repair: Repair, note: str | None, seen: Seen | None) -> None:
        with self.catalog.transaction():
            base, _, _ = self.register.load(repair.playbook, repair.base_version)
            made = repaired(base, repair.patch)
            if not self._approved_before(repair):
                level = reviewing.level_of(base, made)
                given = self.reviews.approve(repair.repair_id, actor=self.actor, note=note, seen=seen, level=level)
                if given is None:
                    return
            if repair.replay_id not in self.going_on:
                self._make(made, [repair])

    def lessons(self, name: str) -> tuple[Lesson, ...]:
        """What is wrong with the active version of a playbook, as reviews have shown."""
        active = self.register.active(name)
        if active is None:
            return ()
        return lessons(self._of(name), version=active.version, digest=active.digest)

    def _of(self, name: str) -> list[Repair]:
        return [one for one in self.reviews.all() if one.playbook == name]

    def _learn(self, name: str) -> None:
        """Propose what was approved again and again as an edit of the active version, once; nothing is applied."""
        for lesson in self.lessons(name):
            like = self.reviews.get(lesson.repairs[-1])
            if proposed_before(self._of(name), like):
                continue
            why = f"{lesson.words}, as {', '.join(lesson.repairs)}, and each time the version that it made was not "
            why += f"promoted. Approve it as an edit, or promote {name}@{lesson.made}, which holds it."
            edit = msgspec.structs.replace(
                like,
                repair_id=self.new_id(),
                status=RepairStatus.PROPOSED,
                rank=1,
                source=LEARNED,
                rationale=why,
                preselected=False,
                validation=None,
                created_version=None,
                created_at=stamp(self.clock()),
                note=None,
            )
            self.reviews.propose(edit)

    def _approved_before(self, repair: Repair) -> bool:
        """Whether whoever approved it died before there was a version of it: that approval is still to be used."""
        stands = self.reviews.get(repair.repair_id)
        return stands.status is RepairStatus.APPROVED and stands.created_version is None

    def _make(self, repaired: Playbook, repairs: Sequence[Repair]) -> None:
        used = tuple(repair.repair_id for repair in repairs)
        base = repairs[-1].base_version
        # A version's file is there at once, whatever comes of the rest.
        self.reviews.check(used)
        made = self._left_behind(repaired, base) or self.register.add(repaired, made_from=used, based_on=base)[1]
        self.reviews.use(used, made=made, actor=self.actor)

    def _left_behind(self, repaired: Playbook, base: int) -> VersionRow | None:
        """That very version, where who made it was killed before it was written down who had approved it."""
        digest = document.digest(repaired)
        alike = [row for row in self.register.rows(repaired.name) if row.version > base and row.digest == digest]
        if not alike:
            return None
        told = {entry.subject for entry in self.audit.entries() if entry.action in _MAKE}
        made = {one.created_version for one in self.catalog.find(RepairRow, playbook=repaired.name)}
        return next((row for row in alike if row.version not in made and row.ref not in told), None)

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
            unused = [one for one in self.unused(replay_id) if self.reviews.usable(one)]
            while unused:
                # The patch of each begins with those that were approved before it.
                last = max(unused, key=lambda one: len(one.patch))
                together = [one for one in unused if _begins_with(last, one)]
                unused = [one for one in unused if one not in together]
                base, _, _ = self.register.load(last.playbook, last.base_version)
                self._make(repaired(base, last.patch), together)
                self._learn(last.playbook)

    def _edited(self, repair: Repair, command: str, decision: Decision) -> Repair:
        """The person's own repair for the same step, waiting beside the proposed one."""
        if decision is not Decision.APPROVE:
            raise BadInputError("an edited command goes with an approval; reject or request changes with a note")
        if not command.strip():
            raise BadInputError("the edited command is empty; to leave a step out, reject this and edit the playbook")
        if repair.stale:
            raise RefusedError(f"{repair.repair_id} is stale: {repair.stale}; replay guided again for a new proposal")
        next_repair_status(repair.status, RepairAct.APPROVE, subject=repair.repair_id)
        base, _, _ = self.register.load(repair.playbook, repair.base_version)
        before = self.unused(repair.replay_id) if repair.replay_id in self.going_on else ()
        own_words = PatchEntry(op=PatchOp.REPLACE, step_index=repair.step_index, value=command)
        patch = (*(before[-1].patch if before else ()), own_words)
        made = repaired(base, patch)
        graver = reviewing.level_of(base, made) is not SafetyLevel.AUTO_OK
        own = msgspec.structs.replace(
            repair,
            repair_id=self.new_id(),
            status=RepairStatus.PROPOSED,
            source="human",
            rationale=f"edited by {self.actor} from {repair.repair_id}",
            confidence=1.0,
            preselected=False,
            risk=Risk.HIGH if graver else Risk.MEDIUM,
            patch=patch,
            diff=document.diff(base, made),
            validation=None,
            created_version=None,
            created_at=stamp(self.clock()),
            note=None,
        )
        return self.reviews.propose(own)


def repaired(base: Playbook, patch: Sequence[PatchEntry]) -> Playbook:
    """What an approval of a patch makes.

    Args:
        base: The version that it is bound to.
        patch: It.

    Raises:
        BadInputError: It doesn't fit.
    """
    return reviewing.graver(base, patching.apply(base, patch))


def _begins_with(repair: Repair, other: Repair) -> bool:
    """Whether a repair holds another, on the same version."""
    same = (repair.base_version, repair.base_digest) == (other.base_version, other.base_digest)
    return same and repair.patch[: len(other.patch)] == other.patch
