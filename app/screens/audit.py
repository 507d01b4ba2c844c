"""Audit: who decided what, filtered and sorted, and whether the log of it is whole."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from datetime import datetime
from typing import ClassVar

from textual import on
from textual.binding import BindingType
from textual.containers import Vertical
from textual.widget import Widget
from textual.widgets import Static

from app.actions import Area, bindings
from app.keymap import Keys
from app.screens.base import BookScreen
from app.screens.dialogs import AskText, Reading
from app.screens.exporting import AUDIT_FORMS, AUDIT_QUESTION, ask_export, audit_form
from app.widgets.filter_line import FilterLine
from app.widgets.prose import Piece, Row, Tone, content, piece, row, rows
from app.widgets.shelf import Shelf
from app.workers.facts import AuditListed, AuditRead
from app.workers.tasks import in_thread
from capture.errors import BadInputError
from replay.governance.audit_format import FORMAT
from replay.governance.chain import HEAD_NAME, AuditEntry, AuditProblem, AuditVerdict
from replay.governance.tampering import vouched

EMPTY = "No decision was made yet. Compiling, reviewing, validating and promoting are all kept here."
HINT = "text, playbook:NAME, since:7d or since:2026-03-01, kind:promoted"
BACKUP = "A backup of both files, or a copy of the head, says what was there; {audit-format} tells the format."
NONE_LEFT = "No decision has these words; esc in the filter shows all again."
SORTS: dict[str, Callable[[AuditEntry | AuditProblem], tuple[str, int]]] = {
    "newest": lambda one: ("", -one.seq),
    "oldest": lambda one: ("", one.seq),
    "who": lambda one: (one.actor if isinstance(one, AuditEntry) else "", -one.seq),
    "what": lambda one: (one.action if isinstance(one, AuditEntry) else "", -one.seq),
    "subject": lambda one: (one.subject if isinstance(one, AuditEntry) else "", -one.seq),
}
"""Orders by name; problems come first in those that are not by time."""
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
        self.filter = FilterLine(HINT, id="filter")
        """Which ones."""
        self._sort = next(iter(SORTS))
        self._verdict: AuditVerdict | None = None
        self._entries: Sequence[AuditEntry] = ()
        self._asked = False
        self._shown: dict[str, AuditEntry | AuditProblem] = {}
        self._vouched: frozenset[str] = frozenset()

    def compose_body(self) -> Iterator[Widget]:
        """Verdict and list."""
        yield Static(id="verdict", markup=False)
        with Vertical():
            yield self.decisions
            yield self.filter

    def on_mount(self) -> None:
        """Read the log."""
        self.decisions.border_title = "Decisions"
        self.title_bar.place("audit")
        self.decisions.focus()
        self.action_reload()

    def action_reload(self) -> None:
        """Read and check it again."""
        self._read()

    def take_news(self) -> None:
        """Read what others have done."""
        self.action_reload()

    def action_verify_chain(self) -> None:
        """Check the whole chain again, and go to the first thing that is wrong with it."""
        self._asked = True
        self._read()

    def _read(self, copy: str | None = None) -> None:
        core = self.core
        typed = self.filter.value
        in_thread(
            self,
            lambda: AuditRead(core.audit(core.audit_filter(typed)), core.verify_audit(copy), typed),
            group="audit",
        )

    @on(AuditRead)
    def show(self, event: AuditRead) -> None:
        """Keep what was read and checked, and list it; a check that was asked for says what it came to."""
        self._verdict = event.verdict
        self.query_one("#verdict", Static).update(content([*verdict_row(event.verdict), self._when()]))
        self.take_entries(AuditListed(event.entries, event.typed))
        if self._asked:
            self._asked = False
            self.say(f"{'✓' if event.verdict.ok else '✗'} checked: {event.verdict.words}")
            problem = event.verdict.problem
            if problem is not None:
                self.decisions.go_to(_key(problem))

    def _when(self) -> Piece:
        return piece(f"  checked at {self.book.now():%H:%M:%S}", Tone.DIM)

    @on(AuditListed)
    def take_entries(self, event: AuditListed) -> None:
        """List what the filter lets through, as long as it is the filter that stands there."""
        if event.typed == self.filter.value:
            self._entries = event.entries
            self._list()

    def _list(self) -> None:
        """Fill the list; what was done to the log stands where it was done."""
        verdict, typed = self._verdict, self.filter.value
        if verdict is None:
            return
        self._vouched = vouched(self._entries, verdict.head) if not typed else frozenset()
        places: list[AuditEntry | AuditProblem] = [*self._entries, *verdict.problems]
        places.sort(key=SORTS[self._sort])
        self._shown = {_key(one): one for one in places}
        self.decisions.empty = NONE_LEFT if typed else EMPTY
        self.decisions.show([(key, self._cells(one, whole=verdict.ok)) for key, one in self._shown.items()])
        narrowed = f"{typed} · {len(self._entries)} · " if typed else ""
        self.decisions.border_subtitle = content([piece(f"{narrowed}{self._sort}")])

    @on(FilterLine.Narrowed)
    def narrow(self, event: FilterLine.Narrowed) -> None:
        """List only what it lets through; a word that is not finished yet lists what stood there before."""
        core, typed = self.core, event.text

        def read() -> AuditListed:
            with suppress(BadInputError):
                return AuditListed(core.audit(core.audit_filter(typed)), typed)
            return AuditListed((), None)

        in_thread(self, read, group="audit")

    @on(FilterLine.Left)
    def go_back_to_list(self) -> None:
        """Keys are the list's again; what can't be read as a filter is told now."""
        self.decisions.focus()
        self.action_reload()

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
        return Piece("·", Tone.DIM) if self.filter.value else OWN_WORD

    @on(Shelf.Chosen)
    def open_chosen(self) -> None:
        """A click opens as enter does."""
        self.action_open()

    def action_open(self) -> None:
        """Show the decision under the cursor whole, or what was done there."""
        one = self._shown.get(self.decisions.key or "")
        if isinstance(one, AuditProblem):
            self.app.push_screen(Reading(f"Problem at {one.seq}", _problem_rows(one, self.book.keys)))
        elif one is not None:
            self.app.push_screen(Reading(f"Decision {one.seq}", _entry_rows(one)))

    def action_filter(self) -> None:
        """Type which decisions to list."""
        self.filter.open()

    def action_sort(self) -> None:
        """Take the next order."""
        names = list(SORTS)
        self._sort = names[(names.index(self._sort) + 1) % len(names)]
        self._list()

    def action_verify_copy(self) -> None:
        """Ask for a copy of the head, and check the log against it."""
        self.app.push_screen(AskText("Verify", COPY_QUESTION), lambda path: self._read(path.strip()) if path else None)

    def action_export_audit(self) -> None:
        """Ask for a file, and write what is listed."""
        core, typed = self.core, self.filter.value
        ask_export(
            self,
            lambda path, _, progress: core.attest_to(path, core.audit_filter(typed), progress=progress),
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


def _problem_rows(problem: AuditProblem, keys: Keys) -> Sequence[Row]:
    behind = "What stands before it is vouched for by nothing but itself." if problem.file != HEAD_NAME else ""
    return [
        *rows(problem.words, Tone.BAD, first="✗ ", rest="  "),
        (),
        row(f"{problem.file}, line {problem.line}", Tone.DIM),
        *rows(behind, Tone.DIM),
        *rows(keys.told(BACKUP), Tone.DIM),
    ]


def _entry_rows(entry: AuditEntry) -> list[Row]:
    said = [row(f"{entry.actor} {entry.action} {entry.subject}", Tone.STRONG), row(entry.at, Tone.DIM), ()]
    for name, value in sorted(entry.details.items()):
        said += [row(name, Tone.DIM), *rows(value, first="  ", rest="  ")]
    return [*said, (), row(f"hash {entry.hash}", Tone.DIM), row(f"prev {entry.prev}", Tone.DIM)]
