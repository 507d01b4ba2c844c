"""Audit: who decided what, newest first, and whether the log of it is whole."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import ClassVar

from textual import on
from textual.binding import BindingType
from textual.widget import Widget
from textual.widgets import Static

from app.actions import Area, bindings
from app.screens.base import BookScreen
from app.screens.dialogs import AskText, Reading
from app.screens.exporting import AUDIT_FORMS, AUDIT_QUESTION, ask_export, audit_form
from app.widgets.prose import Piece, Row, Tone, content, piece, row, rows
from app.widgets.shelf import Shelf
from app.workers.facts import AuditRead
from app.workers.tasks import in_thread
from replay.governance.audit_format import FORMAT
from replay.governance.chain import HEAD_NAME, AuditEntry, AuditProblem, AuditVerdict
from replay.governance.tampering import vouched

EMPTY = "No decision was made yet. Compiling, reviewing, validating and promoting are all kept here."
FILTER_QUESTION = (
    "Which decisions? Text that stands in them, playbook:NAME, since:7d or since:2026-03-01, kind:promoted; "
    "empty lists all."
)
COPY_QUESTION = f"Which file was {HEAD_NAME} copied to? The log must still hold what it vouches for."
VOUCHED, OWN_WORD, WRONG = Piece("✓", Tone.GOOD), Piece("?", Tone.WARN), Piece("✗", Tone.BAD)


class AuditScreen(BookScreen):
    """The verdict in one line, the decisions and the places of what was done to them below; enter shows one whole."""

    AREA = Area.AUDIT
    BINDINGS: ClassVar[list[BindingType]] = bindings(Area.AUDIT)

    def __init__(self) -> None:
        """Begin with an empty list."""
        super().__init__()
        self.decisions = Shelf("when", "who", "what", "subject", empty=EMPTY, id="decisions")
        """All of them, or those that the filter lets through."""
        self._filter = ""
        self._shown: dict[str, AuditEntry | AuditProblem] = {}
        self._vouched: frozenset[str] = frozenset()

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
        self._read()

    def _read(self, copy: str | None = None) -> None:
        core, typed = self.core, self._filter
        in_thread(self, lambda: AuditRead(core.audit(core.audit_filter(typed)), core.verify_audit(copy)), group="audit")

    @on(AuditRead)
    def show(self, event: AuditRead) -> None:
        """Fill the list, the newest first; what was done to the log stands where it was done."""
        self._vouched = vouched(event.entries, event.verdict.head) if not self._filter else frozenset()
        places: list[AuditEntry | AuditProblem] = [*event.entries, *event.verdict.problems]
        places.sort(key=lambda one: one.seq)
        self._shown = {_key(one): one for one in reversed(places)}
        self.query_one("#verdict", Static).update(content(verdict_row(event.verdict)))
        whole = event.verdict.ok
        self.decisions.show([(key, self._cells(one, whole=whole)) for key, one in self._shown.items()])
        self.decisions.border_subtitle = f"{self._filter} · {len(event.entries)}" if self._filter else ""

    def _cells(self, one: AuditEntry | AuditProblem, *, whole: bool) -> list[Piece]:
        if isinstance(one, AuditProblem):
            return [WRONG, piece(f"line {one.line}"), piece(""), piece(one.kind, Tone.BAD), piece(one.words, Tone.BAD)]
        return [
            self._sign(one, whole=whole),
            piece(f"{datetime.fromisoformat(one.at):%Y-%m-%d %H:%M}", Tone.DIM),
            piece(one.actor),
            piece(one.action, Tone.STRONG),
            piece(one.subject),
        ]

    def _sign(self, entry: AuditEntry, *, whole: bool) -> Piece:
        """Whether the head vouches for it, or nothing but itself; with a filter on, that isn't known of any."""
        if whole or entry.hash in self._vouched:
            return VOUCHED
        return Piece("·", Tone.DIM) if self._filter else OWN_WORD

    @on(Shelf.Chosen)
    def open_chosen(self) -> None:
        """A click opens as enter does."""
        self.action_open()

    def action_open(self) -> None:
        """Show the decision under the cursor whole, or what was done there."""
        one = self._shown.get(self.decisions.key or "")
        if isinstance(one, AuditProblem):
            self.app.push_screen(Reading(f"Problem at {one.seq}", _problem_rows(one)))
        elif one is not None:
            self.app.push_screen(Reading(f"Decision {one.seq}", _entry_rows(one)))

    def action_filter(self) -> None:
        """Ask which decisions to list."""
        asked = AskText("Filter", FILTER_QUESTION, value=self._filter, optional=True)
        self.app.push_screen(asked, self._take_filter)

    def _take_filter(self, typed: str | None) -> None:
        if typed is not None:
            self._filter = typed.strip()
            self.action_reload()

    def action_verify_copy(self) -> None:
        """Ask for a copy of the head, and check the log against it."""
        self.app.push_screen(AskText("Verify", COPY_QUESTION), lambda path: self._read(path.strip()) if path else None)

    def action_export_audit(self) -> None:
        """Ask for a file, and write what is listed."""
        core, typed = self.core, self._filter
        ask_export(
            self,
            lambda path, _: core.attest_to(path, core.audit_filter(typed)),
            question=AUDIT_QUESTION,
            value="audit.intoto.jsonl",
            form_of=audit_form,
            endings=AUDIT_FORMS,
        )

    def action_audit_format(self) -> None:
        """Show the format on paper."""
        self.app.push_screen(Reading("Format", [line for text in FORMAT.splitlines() for line in rows(text) or [()]]))


def verdict_row(verdict: AuditVerdict) -> Row:
    """Whether the log is whole, with a sign."""
    if verdict.problem is None:
        return (Piece("✓ ", Tone.GOOD), piece(f"The log is whole: {verdict.counted}."))
    return (Piece("✗ ", Tone.BAD), piece(f"The log is not as it was written: {verdict.words}.", Tone.BAD))


def _key(one: AuditEntry | AuditProblem) -> str:
    return f"{one.seq}-{one.hash}" if isinstance(one, AuditEntry) else f"problem {one.file} {one.line} {one.kind}"


def _problem_rows(problem: AuditProblem) -> Sequence[Row]:
    behind = "What stands before it is vouched for by nothing but itself." if problem.file != HEAD_NAME else ""
    return [
        *rows(problem.words, Tone.BAD, first="✗ ", rest="  "),
        (),
        row(f"{problem.file}, line {problem.line}", Tone.DIM),
        *rows(behind, Tone.DIM),
        *rows("A backup of both files, or a copy of the head, says what was there; f tells the format.", Tone.DIM),
    ]


def _entry_rows(entry: AuditEntry) -> list[Row]:
    said = [row(f"{entry.actor} {entry.action} {entry.subject}", Tone.STRONG), row(entry.at, Tone.DIM), ()]
    for name, value in sorted(entry.details.items()):
        said += [row(name, Tone.DIM), *rows(value, first="  ", rest="  ")]
    return [*said, (), row(f"hash {entry.hash}", Tone.DIM), row(f"prev {entry.prev}", Tone.DIM)]
