"""A person's decisions: reviews and freezing."""

from app.core.governing import Governing
from app.doctor import Finding, findings
from app.team_health import team_findings
from capture.errors import AwayError, RefusedError
from capture.tape import text_index
from replay.governance import freezing
from replay.governance.audit import Action
from replay.governance.bound import Seen
from replay.governance.freezing import Freeze, Frozen
from replay.governance.rebuilding import Rebuilt, rebuild_anew
from replay.inbox import Decision
from replay.library.ids import stamp
from replay.repairs.learning import Lesson
from replay.repairs.proposal import Repair


class Decisions(Governing):
    """What can be decided."""

    def repairs(self) -> tuple[Repair, ...]:
        """All repairs, newest first."""
        self._recovery.take_in()
        return tuple(reversed(self._reviews.all()))

    def repair(self, repair_id: str) -> Repair:
        """One repair, by its id or an unambiguous prefix."""
        return self._reviews.get(repair_id)

    def look(self, repair_id: str) -> Repair:
        """One repair, noted as shown: what is decided later was seen from now on."""
        repair = self._reviews.get(repair_id)
        self._reviews.look(repair, actor=self.actor)
        return repair

    def review(
        self,
        repair_id: str,
        decision: Decision,
        *,
        note: str | None = None,
        edited: str | None = None,
        seen: Seen | None = None,
    ) -> Repair:
        """Answer a repair; an approval makes the next version, as a draft.

        Args:
            repair_id: Its id, or an unambiguous prefix.
            decision: The answer.
            note: Why.
            edited: The person's own command in place of the proposed one; only with an approval.
            seen: What they had before them; None: what `look` showed them last, if it did.

        Raises:
            RefusedError: It can't be decided so; the text says why.
        """
        if edited is not None:
            repair = self._reviews.get(repair_id)
            base = self._register.load(repair.playbook, repair.base_version)[0]
            against = self._denied(base, repair.workspace)(edited)
            if against is not None:
                raise RefusedError(f"your policy is against that command: {against}; replaybook policy shows it")
        return self._inbox.review(repair_id, decision, note=note, edited=edited, seen=seen)

    def lessons(self, ref: str) -> tuple[Lesson, ...]:
        """What is wrong with the active version of a playbook, since people repaired it the same way again and again.

        Args:
            ref: NAME[@V].
        """
        return self._inbox.lessons(self._shelf.resolve(ref)[0])

    def frozen(self) -> Frozen | None:
        """Whether replays are frozen, by whom, when and why."""
        return freezing.frozen(self.home)

    def freeze(self, reason: str | None = None) -> Freeze:
        """Stop all replays of this home, and let none begin."""
        done = freezing.freeze(self.home, Frozen(by=self.actor, at=stamp(self.clock()), reason=reason))
        # Only now: a damaged log must not keep anything running.
        told = {"reason": reason} if reason else {}
        try:
            self._audit.append(actor=self.actor, action=Action.FROZEN, subject="replays", details=told)
        except AwayError:
            self.tell("replays are frozen here, and the team's log does not tell of it: its server is away")
        return done

    def thaw(self) -> Freeze:
        """Let replays run again."""
        self._check_log()
        if freezing.thaw(self.home):
            self._audit.append(actor=self.actor, action=Action.THAWED, subject="replays")
        return Freeze(frozen=None)

    def rebuild_catalog(self) -> Rebuilt:
        """Make the catalog again from the files; the old one is kept. The index of texts comes with the next search."""
        if self._shared:
            self._shared.catalog.refuse_rebuilding()
        text_index.remove(self.home.path / text_index.FILE)
        return rebuild_anew(self.home, self._own_audit, clock=self.clock)

    def doctor(self) -> tuple[Finding, ...]:
        """What this machine offers."""
        return (*findings(self.home), *team_findings(self.home))
