"""Inbox: every repair that was ever proposed, the waiting ones first, each decided on where it is read."""

from collections.abc import Iterator
from datetime import datetime
from typing import ClassVar

from textual import on
from textual.binding import BindingType
from textual.containers import Vertical
from textual.widget import Widget

from app.actions import Area, bindings
from app.moments import age, in_order
from app.screens.reviewing import ReviewingScreen
from app.widgets.proposal import STATUS_SIGNS
from app.widgets.prose import Piece, Tone, piece, row
from app.widgets.shelf import Shelf
from app.workers.facts import RepairsRead, StandingChanged, ValidationEnded
from app.workers.tasks import in_thread
from replay.repairs.proposal import Repair, RepairStatus

EMPTY = "No repair was ever proposed. A guided replay that meets a divergence proposes some."


class InboxScreen(ReviewingScreen):
    """Repairs above, the one under the cursor below."""

    AREA = Area.INBOX
    BINDINGS: ClassVar[list[BindingType]] = bindings(Area.REVIEW, Area.INBOX)

    def __init__(self) -> None:
        """Begin with an empty list."""
        super().__init__()
        self._repairs: dict[str, Repair] = {}
        self.shelf = Shelf("playbook", "step", "age", "status", "failure", "source", "risk", empty=EMPTY, id="repairs")
        """All repairs."""

    @property
    def ref(self) -> str | None:
        """The version that the repair under the cursor made."""
        repair = self._repairs.get(self.shelf.key or "")
        if repair is None or repair.created_version is None:
            return None
        return f"{repair.playbook}@{repair.created_version}"

    def compose_body(self) -> Iterator[Widget]:
        """List and detail."""
        with Vertical():
            yield self.shelf
            yield self.proposal

    def on_mount(self) -> None:
        """Name the panes."""
        self.shelf.border_title, self.proposal.border_title = "Repairs", "Proposal"
        self.title_bar.place("inbox")
        self.shelf.focus()

    def on_screen_resume(self) -> None:
        """Read what waits now."""
        if not self._open:
            self._read()

    def _read(self) -> None:
        core = self.core
        in_thread(self, lambda: RepairsRead(core.repairs()), group="inbox")

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Only a repair that was approved has a version."""
        if action in ("validate", "promote"):
            return self.ref is not None
        return super().check_action(action, parameters)

    @on(RepairsRead)
    def show(self, event: RepairsRead) -> None:
        """Fill the list, the waiting ones first, of each kind the oldest first."""
        now = self.book.now()
        ordered = in_order(event.repairs)
        self._repairs = {repair.repair_id: repair for repair in ordered}
        waiting = sum(repair.status is RepairStatus.PROPOSED for repair in ordered)
        stale = sum(repair.status is RepairStatus.STALE for repair in ordered)
        self.title_bar.facts(f"{waiting} waiting", f"{stale} stale" if stale else "", f"{len(ordered)} in all")
        self.shelf.show([(repair.repair_id, _cells(repair, now)) for repair in ordered])
        if not ordered:
            self.propose(())
            self.proposal.explain([row("Nothing to decide.", Tone.DIM)])

    @on(Shelf.Moved)
    def follow(self, event: Shelf.Moved) -> None:
        """Open the repair under the cursor."""
        repair = self._repairs.get(event.key)
        if repair is not None and (self.repair is None or self.repair != repair):
            self.propose([repair])

    @on(Shelf.Chosen)
    def read(self) -> None:
        """Scroll in the proposal."""
        self.proposal.focus()

    def action_open(self) -> None:
        """Scroll in the proposal."""
        self.proposal.focus()

    def decided(self, repair: Repair) -> None:
        """Its row shows the new status; its version, if it made one, is named."""
        if repair.created_version is not None:
            self.say(f"✓ made {repair.playbook}@{repair.created_version}, a draft; v validates it")
        self._read()

    @on(ValidationEnded)
    @on(StandingChanged)
    def reread(self) -> None:
        """Statuses have changed."""
        self._read()

    def recorded_command(self, repair: Repair) -> str:
        """What the change adds, as far as the diff says."""
        added = [line[1:].strip() for line in repair.diff.splitlines() if line.startswith("+") and line[:3] != "+++"]
        return next((line.partition("run:")[2].strip() for line in added if "run:" in line), "")


def _cells(repair: Repair, now: datetime) -> list[Piece]:
    waiting = repair.status is RepairStatus.PROPOSED
    return [
        piece(STATUS_SIGNS[repair.status], Tone.WARN if waiting else Tone.DIM),
        piece(f"{repair.playbook}@{repair.base_version}", Tone.STRONG if waiting else Tone.DIM),
        piece(str(repair.step_index)),
        piece(age(repair, now), Tone.PLAIN if waiting else Tone.DIM),
        piece(repair.status.replace("_", " ")),
        piece(repair.failure_class),
        piece(repair.source.removeprefix("rule:"), Tone.DIM),
        piece(repair.risk),
    ]
