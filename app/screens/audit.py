"""Audit: who decided what, newest first, and whether the log of it is whole."""

from collections.abc import Iterator
from datetime import datetime
from typing import ClassVar

from textual import on
from textual.binding import BindingType
from textual.widget import Widget
from textual.widgets import Static

from app.actions import Area, bindings
from app.screens.base import BookScreen
from app.screens.dialogs import Reading
from app.widgets.prose import Piece, Row, Tone, content, piece, row, rows
from app.widgets.shelf import Shelf
from app.workers.facts import AuditRead
from app.workers.tasks import in_thread
from replay.governance.chain import AuditEntry, AuditVerdict

EMPTY = "No decision was made yet. Compiling, reviewing, validating and promoting are all kept here."


class AuditScreen(BookScreen):
    """The verdict in one line, the decisions below; enter shows one whole."""

    AREA = Area.AUDIT
    BINDINGS: ClassVar[list[BindingType]] = bindings(Area.AUDIT)

    def __init__(self) -> None:
        """Begin with an empty list."""
        super().__init__()
        self.decisions = Shelf("when", "who", "what", "subject", empty=EMPTY, id="decisions")
        """All of them."""
        self._entries: dict[str, AuditEntry] = {}

    def compose_body(self) -> Iterator[Widget]:
        """Verdict and list."""
        yield Static(id="verdict", markup=False)
        yield self.decisions

    def on_mount(self) -> None:
        """Read the log."""
        self.decisions.border_title = "Decisions"
        self.title_bar.place("audit")
        self.decisions.focus()
        self.action_reload()

    def action_reload(self) -> None:
        """Read and check it again."""
        core = self.core
        in_thread(self, lambda: AuditRead(core.audit(), core.verify_audit()), group="audit")

    @on(AuditRead)
    def show(self, event: AuditRead) -> None:
        """Fill the list, the newest first."""
        self._entries = {str(entry.seq): entry for entry in reversed(event.entries)}
        self.query_one("#verdict", Static).update(content(verdict_row(event.verdict)))
        self.decisions.show([(key, _cells(entry)) for key, entry in self._entries.items()])

    @on(Shelf.Chosen)
    def open_chosen(self) -> None:
        """A click opens as enter does."""
        self.action_open()

    def action_open(self) -> None:
        """Show the decision under the cursor whole."""
        entry = self._entries.get(self.decisions.key or "")
        if entry:
            self.app.push_screen(Reading(f"Decision {entry.seq}", _entry_rows(entry)))


def verdict_row(verdict: AuditVerdict) -> Row:
    """Whether the log is whole, with a sign."""
    if verdict.problem is None:
        return (Piece("✓ ", Tone.GOOD), piece(f"The log is whole: {verdict.counted}."))
    return (Piece("✗ ", Tone.BAD), piece(f"The log is not as it was written: {verdict.words}.", Tone.BAD))


def _cells(entry: AuditEntry) -> list[Piece]:
    return [
        Piece("·", Tone.DIM),
        piece(f"{datetime.fromisoformat(entry.at):%Y-%m-%d %H:%M}", Tone.DIM),
        piece(entry.actor),
        piece(entry.action, Tone.STRONG),
        piece(entry.subject),
    ]


def _entry_rows(entry: AuditEntry) -> list[Row]:
    said = [row(f"{entry.actor} {entry.action} {entry.subject}", Tone.STRONG), row(entry.at, Tone.DIM), ()]
    for name, value in sorted(entry.details.items()):
        said += [row(name, Tone.DIM), *rows(value, first="  ", rest="  ")]
    return [*said, (), row(f"hash {entry.hash}", Tone.DIM), row(f"prev {entry.prev}", Tone.DIM)]
