"""What Replay and Inbox share: a proposal is open, and a person decides on it by one deliberate key."""

from abc import abstractmethod
from collections.abc import Sequence
from typing import ClassVar

from textual import on
from textual.message import Message

from app.actions import Area, actions_in
from app.approval import Refusal
from app.errands import Errand
from app.outside import AskedAgain
from app.screens.dialogs import AskText, EditText, Reading
from app.screens.endings import ending_of
from app.screens.governing import GoverningScreen
from app.widgets.proposal import ProposalView, item_of, why_rows
from app.widgets.prose import Row, Tone, row, rows
from app.workers.facts import OpenRead, Reviewed, ValidationEnded
from app.workers.source_facts import AskedForAnother
from app.workers.tasks import Refused, Undecided, in_thread
from capture.errors import ReplaybookError
from replay.governance.bound import Seen, text_digest
from replay.inbox import Decision
from replay.outcome import Failure
from replay.repairs.proposal import PatchOp, Repair, RepairStatus

REVIEW_METHODS = frozenset(action.method for action in actions_in(Area.REVIEW))


class ReviewingScreen(GoverningScreen):
    """Holds the open proposals, the one that is looked at, and the guard before its approval."""

    REVIEWS: ClassVar[bool] = True
    NO_VERSION: ClassVar[str] = "approve first: only a version can be validated or promoted"

    def __init__(self) -> None:
        """No proposal is open."""
        super().__init__()
        self.proposal = ProposalView(id="proposal")
        """The proposal that is looked at."""
        self._open: list[Repair] = []
        self._looked_at = 0
        self._edited: str | None = None
        self._failure: Failure | None = None
        self._item = ""
        self._covered: bool | None = None
        self._note = ""

    @property
    def repair(self) -> Repair | None:
        """The open proposal that is looked at."""
        return self._open[self._looked_at] if self._open else None

    @abstractmethod
    def decided(self, repair: Repair) -> None:
        """A decision on a proposal was recorded; it is open no more."""

    @abstractmethod
    def recorded_command(self, repair: Repair) -> str:
        """The command that an edit begins with, when the proposal holds none."""

    def about(self, repair: Repair) -> list[Row]:
        """What else is to be known of it before its change."""
        del repair
        return []

    def propose(self, repairs: Sequence[Repair], failure: Failure | None = None) -> None:
        """Open proposals; the best one is looked at first.

        Args:
            repairs: In their order.
            failure: What they are for.
        """
        self._open, self._looked_at, self._failure = list(repairs), 0, failure
        self._look()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Review keys live only while a proposal is open."""
        if action in REVIEW_METHODS:
            repair = self.repair
            waiting = repair is not None and repair.status is RepairStatus.PROPOSED
            return len(self._open) > 1 if action == "other_proposal" else waiting
        return super().check_action(action, parameters)

    def _look(self) -> None:
        """Put the proposal on the screen; from now its keys are dead for a moment."""
        self._edited = None
        self._show()

    def take_news(self) -> None:
        """Others may have decided on what is open."""
        core, ids = self.core, {repair.repair_id for repair in self._open}
        if ids:
            in_thread(self, lambda: OpenRead([one for one in core.repairs() if one.repair_id in ids]), group="open")

    @on(OpenRead)
    def renew(self, event: OpenRead) -> None:
        """Show what has become of it, in its place and with what was written for it."""
        now, before = {one.repair_id: one for one in event.repairs}, self.repair
        self._open = [now.get(one.repair_id, one) for one in self._open]
        repair = self.repair
        if repair is None or before is None or repair == before:
            return
        if repair.status is not before.status:
            self.say(standing_words(repair), severity="warning")
        if self.app.screen is self:
            self._show(stay=repair.diff == before.diff)
        else:
            # Under a dialog nothing is seen: it appears anew when that is closed.
            self._item = ""
            self.refresh_bindings()
        self.renewed()

    def renewed(self) -> None:
        """Others have decided on what is open; screens that tell how it stands say so."""

    def on_screen_suspend(self) -> None:
        """What is drawn under a dialog is not seen."""
        self._covered = self.book.guard.all_seen

    def on_screen_resume(self) -> None:
        """What came or was not seen whole before the dialog appears anew; the rest is deaf for a moment again."""
        seen, self._covered = self._covered, None
        if self.repair is None or seen is None:
            return
        if not seen or self._item != item_of(self.repair, self._edited):
            self._show()
            return
        now = self.book.clock()
        self.book.guard.appeared(self._item, now)
        self.book.guard.seen(now)

    def _show(self, *, stay: bool = False) -> None:
        repair = self.repair
        if self.book.shown_screen is not self:
            # The guard watches what is shown; this appears when one comes back to it.
            self._item = ""
        elif repair is None:
            self.book.guard.gone()
        else:
            self._item = item_of(repair, self._edited)
            self.book.guard.appeared(self._item, self.book.clock())
            self.proposal.approves = self.book.keys.first("approve")
            self.proposal.propose(
                repair,
                number=self._looked_at + 1,
                of=len(self._open),
                edited=self._edited,
                failure=self._failure,
                about=self.about(repair),
                stay=stay,
            )
        self.refresh_bindings()

    @on(ProposalView.Seen)
    def note_seen(self, event: ProposalView.Seen) -> None:
        """All of it has been on the screen."""
        if self.repair is not None and event.item == self._item and event.showing == self.proposal.showing:
            self.book.guard.seen(self.book.clock())

    def action_approve(self) -> None:
        """Approve what was seen, as it was seen."""
        if self._guarded():
            self._decide(Decision.APPROVE, self._before_them(), edited=self._edited)

    def action_reject(self) -> None:
        """Reject it."""
        if self._guarded():
            self._decide(Decision.REJECT, self._before_them())

    def action_request_changes(self) -> None:
        """Ask for a note, then send it back."""
        if not self._guarded():
            return
        repair, seen = self.repair, self._before_them()

        def noted(note: str | None) -> None:
            if note and _same(self.repair, repair):
                self._note = note
                self._decide(Decision.REQUEST_CHANGES, seen, note=note)

        self.app.push_screen(AskText("Request changes", "What should be different?", value=self._note), noted)

    def _before_them(self) -> Seen | None:
        """What the person had before them when they pressed the key, and for how long."""
        repair = self.repair
        if repair is None:
            return None
        shown = repair.diff if self._edited is None else self._edited
        return Seen(shown=text_digest(shown), ms=self.book.guard.shown_ms(self.book.pressed_at))

    def action_edit(self) -> None:
        """Let the person write the command; it must still be approved."""
        repair = self.repair
        if repair is None:
            return

        def edited(command: str | None) -> None:
            if command is not None and _same(self.repair, repair):
                self._edited = command
                self._show()

        approve = self.book.keys.first("approve")
        question = f"The command for step {repair.step_index}. It is shown again, and approved by {approve}."
        begin = self._edited or proposed_command(repair) or self.recorded_command(repair)
        self.app.push_screen(EditText("Edit", question, value=begin), edited)

    def action_other_proposal(self) -> None:
        """Look at the next proposal."""
        self._looked_at = (self._looked_at + 1) % len(self._open)
        self._look()

    def action_why(self) -> None:
        """Say what it rests on."""
        if self.repair:
            self.app.push_screen(Reading("Why", why_rows(self.repair)))

    @on(Refused)
    def reopen(self) -> None:
        """A decision that was not taken leaves the proposal open."""
        self._show()

    @on(Reviewed)
    def take_review(self, event: Reviewed) -> None:
        """The decision stands."""
        self._note = ""
        self._open = [repair for repair in self._open if repair.repair_id != event.repair.repair_id]
        self._looked_at = 0
        if event.repair.status is RepairStatus.PROPOSED:
            self.say(f"● your approval is kept: {event.repair.wants}", severity="warning")
        if event.repair.status is RepairStatus.CHANGES_REQUESTED:
            repair, core = event.repair, self.core

            def ask(errand: Errand) -> AskedForAnother:
                try:
                    fact = AskedForAnother(repair, core.ask_again(repair.repair_id, director=errand))
                except ReplaybookError as error:
                    self.post_message(AskedForAnother(repair, AskedAgain(notes=(str(error),))))
                    raise
                # Whatever screen is shown: a replay may wait for it.
                self.post_message(fact)
                return fact

            title = f"asking {repair.source} for another proposal"
            self.book.send_out(Errand(title, ask, ending=ending_of))
            return
        self.decided(event.repair)

    @on(AskedForAnother)
    def take_another(self, event: AskedForAnother) -> None:
        """Another proposal, or why there is none; the others for the same step wait on."""
        for note in event.again.notes:
            self.say(note, severity="warning")
        self._open = [*event.again.repairs, *self._open]
        self.decided(event.repair)

    @on(ValidationEnded)
    def show_verdict(self, event: ValidationEnded) -> None:
        """Say the verdict with its level; it stays where a proposal would be."""
        verdict = (
            f"{event.said}; {self.book.keys.first('promote')} promotes it"
            if event.good and not event.validated.promoted_by
            else event.said
        )
        self.say(verdict, severity="information" if event.good else "warning")
        if self.repair is None:
            tone = Tone.GOOD if event.good else Tone.WARN
            self.proposal.explain([row(verdict, tone), *rows(event.validated.validation.reason, Tone.DIM)])

    def _guarded(self) -> bool:
        refusal = self.book.guard.refuses(self.book.pressed_at)
        if refusal is None and not self.proposal.region.area:
            # The terminal is too small to show it now.
            refusal = Refusal.UNSEEN
        if refusal is Refusal.UNSEEN:
            self.say(refusal, severity="warning")
        elif refusal in (Refusal.TOO_EARLY, Refusal.HELD):
            self.proposal.border_subtitle = refusal.value
        return refusal is None

    def _decide(
        self, decision: Decision, seen: Seen | None, *, note: str | None = None, edited: str | None = None
    ) -> None:
        repair, core = self.repair, self.core
        if repair is None:
            return
        self.book.guard.gone()

        def decide() -> Message:
            try:
                return Reviewed(core.review(repair.repair_id, decision, note=note, edited=edited, seen=seen))
            except ReplaybookError as error:
                return Undecided(str(error))

        in_thread(self, decide, group="review")


def _same(one: Repair | None, other: Repair | None) -> bool:
    """Whether both are the same proposal, however it stands by now."""
    return one is not None and other is not None and one.repair_id == other.repair_id


def standing_words(repair: Repair) -> str:
    """How a proposal stands that somebody else has decided on."""
    status = "waiting again" if repair.status is RepairStatus.PROPOSED else repair.status.replace("_", " ")
    who = f" by {', '.join(repair.approved_by)}" if repair.approved_by else ""
    made = f", which made {repair.playbook}@{repair.created_version}" if repair.created_version is not None else ""
    of = f"{repair.playbook}@{repair.base_version}, step {repair.step_index},"
    return f"● the proposal for {of} is {status}{who} by now{made}"


def proposed_command(repair: Repair) -> str | None:
    """The command that a repair puts in place of the failed one, if that is what it does."""
    return next(
        (
            str(entry.value)
            for entry in reversed(repair.patch)
            if (entry.op, entry.step_index) == (PatchOp.REPLACE, repair.step_index)
        ),
        None,
    )
