"""Inbox: every repair that was ever proposed, filtered and sorted, each decided on where it is read."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import datetime
from typing import ClassVar

from textual import on
from textual.binding import BindingType
from textual.containers import Vertical
from textual.widget import Widget

from app.actions import Area, actions_in, bindings
from app.moments import age
from app.review_queue import Decided, Order, chosen, decided_words, deciders, ordered, summary, waits
from app.screens.reviewing import ReviewingScreen
from app.widgets.filter_line import FilterLine
from app.widgets.proposal import STATUS_SIGNS
from app.widgets.prose import Piece, Row, Tone, piece, row, rows
from app.widgets.shelf import Shelf
from app.workers.facts import OpenRead, RepairsRead, StandingChanged, ValidationEnded
from app.workers.tasks import Undecided, in_thread
from capture.errors import AwayError
from replay.governance.chain import AuditEntry
from replay.repairs.proposal import Repair, RepairStatus

KEYS = frozenset(action.method for action in actions_in(Area.INBOX, Area.REVIEW))
HINT = "text, playbook:NAME, status:waiting, risk:high, source:rule, class:missing-file, by:NAME"
NONE_LEFT = "Nothing of it has these words; esc in the filter shows all again."
EMPTY = "No repair was ever proposed. A guided replay that meets a divergence proposes some."


class InboxScreen(ReviewingScreen):
    """Repairs above, the one under the cursor below."""

    AREA = Area.INBOX
    BINDINGS: ClassVar[list[BindingType]] = bindings(Area.REVIEW, Area.INBOX)

    def __init__(self) -> None:
        """Begin with an empty list."""
        super().__init__()
        self._repairs: dict[str, Repair] = {}
        self._decided: dict[str, Decided] = {}
        self._order = Order.LONGEST
        self.shelf = Shelf("playbook", "step", "age", "status", "failure", "risk", "source", empty=EMPTY, id="repairs")
        """All repairs, or those that the filter lets through."""
        self.filter = FilterLine(HINT, id="filter")
        """What they must have."""

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
            yield self.filter
            yield self.proposal

    def on_mount(self) -> None:
        """Name the panes."""
        self.shelf.border_title, self.proposal.border_title = "Repairs", "Proposal"
        self.title_bar.place("inbox")
        self.shelf.focus()

    def on_screen_resume(self) -> None:
        """Read what waits now."""
        self._read()

    def _read(self) -> None:
        core = self.core

        def read() -> RepairsRead:
            decisions: Sequence[AuditEntry] = ()
            # Without their log repairs are read all the same.
            with suppress(AwayError):
                decisions = core.audit()
            return RepairsRead(core.repairs(), decisions, core.active_versions())

        in_thread(self, read, group="inbox")

    def action_reload(self) -> None:
        """Read what waits now."""
        self._read()

    def take_news(self) -> None:
        """Read what others have done."""
        self.action_reload()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Only a repair that was approved has a version; what is typed into the filter decides nothing."""
        if self.filter.typing and action in KEYS:
            return False
        if action in ("validate", "promote"):
            return self.ref is not None
        return super().check_action(action, parameters)

    @on(RepairsRead)
    def take(self, event: RepairsRead) -> None:
        """Keep what was read, and list it."""
        self._repairs = {repair.repair_id: repair for repair in event.repairs}
        self._decided = deciders(event.decisions)
        self.actives = {one.playbook: event.active.get(one.playbook, 0) for one in event.repairs}
        self.title_bar.facts(*summary(event.repairs, self.book.now()))
        self._list()

    def _list(self) -> None:
        """Fill the list with what the filter lets through."""
        now, typed = self.book.now(), self.filter.value
        shown = chosen(ordered(self._repairs.values(), self._order), typed, self._decided)
        self.shelf.empty = NONE_LEFT if self._repairs else EMPTY
        self.shelf.show([(one.repair_id, _cells(one, self._decided.get(one.repair_id), now)) for one in shown])
        filtered = f"{len(shown)} of {len(self._repairs)} · " if typed else ""
        self.shelf.border_subtitle = f"{filtered}{self._order}" if self._repairs else ""
        if not shown:
            self.propose(())
            self.proposal.explain([row("Nothing to decide.", Tone.DIM)])

    @on(FilterLine.Narrowed)
    def narrow(self) -> None:
        """List only what it lets through."""
        self._list()

    @on(FilterLine.Left)
    def go_back_to_list(self) -> None:
        """Keys are the list's again."""
        self.shelf.focus()

    def action_filter(self) -> None:
        """Type what they must have."""
        self.filter.open()

    def action_sort(self) -> None:
        """Take the next order."""
        orders = list(Order)
        self._order = orders[(orders.index(self._order) + 1) % len(orders)]
        self._list()

    def action_next_waiting(self) -> None:
        """Go to the one that waits longest; from there to the next one."""
        waiting = [one.repair_id for one in waits(self._repairs.values()) if one.repair_id in self.shelf.keys]
        if not waiting:
            self.say("no repair waits here")
            return
        here = waiting.index(self.shelf.key) if self.shelf.key in waiting else -1
        self.shelf.go_to(waiting[(here + 1) % len(waiting)])

    def about(self, repair: Repair) -> list[Row]:
        """Who has decided on it, and when."""
        decided = self._decided.get(repair.repair_id)
        return rows(decided_words(decided, repair, self.book.now()), Tone.STRONG) if decided else []

    @on(Shelf.Moved)
    def follow(self, event: Shelf.Moved) -> None:
        """Open the repair under the cursor."""
        repair = self._repairs.get(event.key)
        if repair is None:
            return
        if self.repair is not None and self.repair.repair_id == repair.repair_id:
            self.renew(OpenRead([repair]))
        else:
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
            validate = self.book.keys.first("validate")
            self.say(f"✓ made {repair.playbook}@{repair.created_version}, a draft; {validate} validates it")
        self._read()

    @on(ValidationEnded)
    @on(StandingChanged)
    @on(Undecided)
    def reread(self) -> None:
        """Statuses have changed."""
        self._read()

    def recorded_command(self, repair: Repair) -> str:
        """What the change adds, as far as the diff says."""
        added = [line[1:].strip() for line in repair.diff.splitlines() if line.startswith("+") and line[:3] != "+++"]
        return next((line.partition("run:")[2].strip() for line in added if "run:" in line), "")


def _cells(repair: Repair, decided: Decided | None, now: datetime) -> list[Piece]:
    waiting = repair.status is RepairStatus.PROPOSED
    status = "waiting" if waiting else repair.status.replace("_", " ")
    # One who waits has been said yes to, and not often enough.
    who = f"{', yes' * waiting} by {decided.actor}" if decided else ""
    return [
        piece(STATUS_SIGNS[repair.status], Tone.WARN if waiting else Tone.DIM),
        piece(f"{repair.playbook}@{repair.base_version}", Tone.STRONG if waiting else Tone.DIM),
        piece(str(repair.step_index)),
        piece(age(repair, now), Tone.PLAIN if waiting else Tone.DIM),
        piece(f"{status}{who}"),
        piece(repair.failure_class),
        piece(repair.risk),
        piece(repair.source.removeprefix("rule:"), Tone.DIM),
    ]
