"""Saved: what the recorded runs took against what their replays did, replay by replay, with all the sums below."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import ClassVar

from textual import on
from textual.binding import BindingType
from textual.widget import Widget

from app.actions import Area, bindings
from app.amounts import counted
from app.moments import ago
from app.screens.base import BookScreen
from app.screens.saved import ledger_rows
from app.telling import count_words
from app.widgets.lines import Lines
from app.widgets.prose import Piece, Tone, piece
from app.widgets.recorded import lasted
from app.widgets.shelf import Shelf
from app.workers.tasks import in_thread
from app.workers.telling import LedgerRead
from replay.history.ledger import Account, Saved

EMPTY = "No replay has saved anything yet: whole, successful ones on a real workspace count."
UNRECORDED = "it recorded nothing"


class LedgerScreen(BookScreen):
    """Replays that count above; totals, and how they come about, below."""

    AREA = Area.LEDGER
    BINDINGS: ClassVar[list[BindingType]] = bindings(Area.LEDGER)

    def __init__(self, name: str | None = None) -> None:
        """Sum up.

        Args:
            name: Of a playbook; None: all of them.
        """
        super().__init__()
        self._of = name
        self._listed: dict[str, tuple[Account, Saved]] = {}
        header = ("playbook", "when", "agent", "time", "calls", "tokens in", "tokens out")
        self.replays = Shelf(*header, empty=EMPTY, spare="agent", id="runs")
        """Those that count; each figure is the recording's, then the replay's."""
        self.sums = Lines(id="output")
        """Totals first, then each playbook with its sums."""

    def compose_body(self) -> Iterator[Widget]:
        """List and sums."""
        yield self.replays
        yield self.sums

    def on_mount(self) -> None:
        """Name the panes."""
        self.replays.border_title, self.sums.border_title = "Recorded → replayed", "Sums"
        if self._of is not None:
            self.title_bar.place(self._of)
        self.replays.focus()

    def on_screen_resume(self) -> None:
        """More may have been replayed since."""
        super().on_screen_resume()
        self.take_news()

    def take_news(self) -> None:
        """Read what others have replayed."""
        core, name = self.core, self._of
        in_thread(self, lambda: LedgerRead(core.ledger(name)), group="ledger")

    @on(LedgerRead)
    def show(self, event: LedgerRead) -> None:
        """Fill list and sums."""
        found, now = event.ledger, self.book.now()
        listed = ((account, one) for account in found.playbooks for one in account.replays)
        newest = sorted(listed, key=lambda pair: pair[1].started_at, reverse=True)
        self._listed = {one.replay_id: (account, one) for account, one in newest}
        self.replays.show([(key, _cells(account, one, now)) for key, (account, one) in self._listed.items()])
        self.title_bar.facts(counted(found.replays, "replay"), f"{lasted(found.saved_ms)} saved")
        self.sums.show(ledger_rows(found), stay=True)

    @on(Shelf.Chosen)
    def open_chosen(self) -> None:
        """A click opens as enter does."""
        self.action_open()

    def action_open(self) -> None:
        """Open what the replay recorded."""
        _, one = self._listed.get(self.replays.key or "", (None, None))
        if one is not None and one.run_id is not None:
            self.book.open_trace(one.run_id)
        elif one is not None:
            self.say(UNRECORDED, severity="warning")

    def action_open_recording(self) -> None:
        """Open the recording whose model calls, or else whose time, the replay is held against."""
        account, _ = self._listed.get(self.replays.key or "", (None, None))
        measure = (account.model_measure or account.measure) if account else None
        if measure is not None:
            self.book.open_trace(measure.run_id)

    def action_compare(self) -> None:
        """Compare the replay under the cursor with its recording."""
        if self.replays.key is not None:
            self.compare_with_recording(self.replays.key)


def _cells(account: Account, one: Saved, now: datetime) -> Sequence[Piece]:
    agent = account.model_measure.agent if account.model_measure else None
    return [
        Piece("✓", Tone.GOOD) if one.saved_ms >= 0 else Piece("!", Tone.WARN),
        piece(f"{account.playbook} v{one.version}", Tone.STRONG),
        piece(ago(datetime.fromisoformat(one.started_at), now) if one.started_at else "", Tone.DIM),
        piece(" · ".join((agent.name, *agent.models)) if agent else "", Tone.DIM),
        piece(f"{lasted(one.recorded_ms)} → {lasted(one.duration_ms)}"),
        _against(one.recorded.model_calls, one.used.model_calls),
        _against(one.recorded.prompt_tokens, one.used.prompt_tokens),
        _against(one.recorded.completion_tokens, one.used.completion_tokens),
    ]


def _against(recorded: int | None, replayed: int | None) -> Piece:
    told = f"{count_words(recorded)} → {count_words(replayed)}"
    return piece(told, Tone.DIM if recorded is None else Tone.PLAIN)
