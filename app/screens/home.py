"""Home: what there is to replay, what was recorded, what waits for a person."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import ClassVar

from textual import on
from textual.binding import BindingType
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Static

from app.actions import Area, bindings
from app.documents import origin
from app.moments import ago
from app.screens.base import BookScreen
from app.screens.describing import mistake_words
from app.screens.dialogs import AskText, Reading
from app.screens.importing import ask_import
from app.screens.naming import PLAYBOOK_QUESTION, ask_recording, slug
from app.screens.removing import ask_removal
from app.screens.saved import ledger_rows
from app.screens.settling import ask_settle, unknown_pieces
from app.stored import Summary
from app.widgets.prose import Piece, Row, Tone, content, piece, rows
from app.widgets.shelf import Shelf
from app.workers.facts import Compiled, MarkdownImported, NotCompiled, RunImported, RunRemoved, ShelfRead
from app.workers.tasks import in_thread
from app.workers.telling import LedgerRead, Settled
from capture.errors import BadInputError
from capture.tape.presence import Presence
from capture.trace import Run, RunStatus
from replay.claims import going_on
from replay.outcome import Replay
from replay.playbook import VersionStatus
from replay.repairs.proposal import Repair, RepairStatus

RUN_MARKS = {
    RunStatus.SUCCESS: piece("✓", Tone.GOOD),
    RunStatus.FAILED: piece("✗", Tone.BAD),
    RunStatus.IN_PROGRESS: piece("▸", Tone.HEAD),
    RunStatus.PARTIAL: piece("!", Tone.WARN),
    RunStatus.RECOVERED: piece("!", Tone.WARN),
}
VERSION_MARKS = {
    VersionStatus.ACTIVE: piece("✓", Tone.GOOD),
    VersionStatus.SHADOW: piece("◇", Tone.HEAD),
    VersionStatus.DRAFT: piece("·", Tone.DIM),
    VersionStatus.DISABLED: piece("⊘", Tone.BAD),
}
MARKED = "●"
"""Stands before a recording that will be compiled with others."""
OF_RECORDINGS = frozenset({"remove", "mark", "compile_marked", "compare"})
TWO = 2
"""Recordings that compare."""
NO_PLAYBOOKS = "No playbooks yet. Open a recording below and press c to compile it."
NO_RUNS = "Nothing recorded yet. Press r, do the work once in the shell that opens, then leave it with exit."


class HomeScreen(BookScreen):
    """Playbooks above, recordings below, the inbox in one line."""

    AREA = Area.HOME
    AUTO_FOCUS = ""
    """None: which list has the focus first depends on what there is."""
    BINDINGS: ClassVar[list[BindingType]] = bindings(Area.HOME)

    def __init__(self) -> None:
        """Begin with empty lists."""
        super().__init__()
        self.playbooks = Shelf("name", "version", "status", "steps", "goal", empty=NO_PLAYBOOKS, id="playbooks")
        self.runs = Shelf("name", "when", "status", "where", empty=NO_RUNS, id="runs")
        self._by_id: dict[str, Run] = {}
        self._live: Mapping[str, Presence] = {}
        self._marked: tuple[str, ...] = ()
        self._unknown: tuple[Replay, ...] = ()

    def compose_body(self) -> Iterator[Widget]:
        """The lists."""
        yield self.playbooks
        yield self.runs
        yield Static(id="waiting", markup=False)

    def on_mount(self) -> None:
        """Name the lists."""
        self.playbooks.border_title, self.runs.border_title = "Playbooks", "Recordings"

    def on_screen_resume(self) -> None:
        """Whatever was done elsewhere shows."""
        self.action_reload()

    def action_reload(self) -> None:
        """Read everything again."""
        core = self.core
        in_thread(
            self,
            lambda: ShelfRead(core.runs(), core.playbooks(), core.repairs(), core.live(), core.unknown()),
            group="shelf",
        )

    @on(ShelfRead)
    def show(self, event: ShelfRead) -> None:
        """Fill the lists."""
        recorded = [run for run in event.runs if run.replay_id is None]
        self._by_id = {run.run_id: run for run in recorded}
        self._live = event.live
        self._marked = tuple(run for run in self._marked if run in self._by_id)
        self.playbooks.show([(one.name, _playbook_cells(one)) for one in event.playbooks])
        self._show_runs()
        self._show_waiting(event.repairs, event.unknown)
        if self.focused is None:
            (self.playbooks if event.playbooks or not recorded else self.runs).focus()

    def _show_runs(self) -> None:
        now = self.book.now()
        self.runs.show(
            [
                (one, _run_cells(run, self._live.get(one), now, marked=one in self._marked))
                for one, run in self._by_id.items()
            ]
        )
        more = ", = compares them" if len(self._marked) == TWO else ""
        said = f"{MARKED} {len(self._marked)} marked · c compiles them{more}"
        self.runs.border_subtitle = said if self._marked else ""

    def _show_waiting(self, repairs: Sequence[Repair], unknown: Sequence[Replay]) -> None:
        waiting = [repair for repair in repairs if repair.status is RepairStatus.PROPOSED]
        said = (
            [Piece("● ", Tone.WARN), piece(f"{len(waiting)} waiting for your review", Tone.STRONG), piece("  press i")]
            if waiting
            else [piece("· No repair waits for review.", Tone.DIM)]
        )
        self._unknown = tuple(unknown)
        said = [*unknown_pieces(unknown), *said]
        self.query_one("#waiting", Static).update(content(said))
        self.refresh_bindings()

    @on(Shelf.Chosen)
    def open_chosen(self, event: Shelf.Chosen) -> None:
        """Open a playbook, a session that runs, or a trace."""
        presence = self._live.get(event.key)
        if event.shelf is self.playbooks:
            self.book.open_playbook(event.key)
        elif presence is not None and presence.kept:
            self._open_live(event.key, presence)
        else:
            self.book.open_trace(event.key)

    def _open_live(self, run: str, presence: Presence) -> None:
        """One that another terminal shows is taken from it only when that is wanted."""
        if not presence.attached:
            self.book.open_live(run)
            return

        question = "Another terminal is attached to this session. Take it over?"
        self.confirm("Recording", question, lambda: self.book.open_live(run, take_over=True))

    def action_open(self) -> None:
        """Open what the cursor of the focused list is on."""
        (self.playbooks if self.playbooks.has_focus else self.runs).choose()

    def action_record(self) -> None:
        """Record a session."""
        self.book.open_record()

    def action_record_as(self) -> None:
        """Ask for name, goal and what else to watch, then record."""
        ask_recording(self)

    def action_import_run(self) -> None:
        """Ask for a file, and make a run of it."""
        ask_import(self)

    @on(RunImported)
    def open_imported(self, event: RunImported) -> None:
        """Its trace is what one wants to see; what was left out comes with it."""
        for sentence in event.run.imported.left_out if event.run.imported else ():
            self.say(sentence, severity="warning")
        self.book.open_trace(event.run.run_id)

    @on(MarkdownImported)
    def open_playbook_of(self, event: MarkdownImported) -> None:
        """What a reader must know of it comes with it."""
        for note in event.compilation.quality.notes:
            self.say(note, severity="warning")
        self.book.open_playbook(event.compilation.playbook.name)

    def action_mark(self) -> None:
        """Mark the recording under the cursor, or take the mark away."""
        if self.runs.key is not None:
            others = tuple(one for one in self._marked if one != self.runs.key)
            self._marked = others if len(others) < len(self._marked) else (*others, self.runs.key)
            self._show_runs()

    def action_compile_marked(self) -> None:
        """Ask for a name, then compile what is marked, in the order of the marks."""
        chosen = self._marked or tuple(filter(None, (self.runs.key,)))
        if chosen:
            many = f"{len(chosen)} recordings of the same work" if len(chosen) > 1 else self._by_id[chosen[0]].name
            asked = AskText(f"Compile {many}", PLAYBOOK_QUESTION, value=slug(self._by_id[chosen[0]].name))
            self.app.push_screen(asked, lambda name: self._compile(chosen, name))

    def _compile(self, runs: Sequence[str], name: str | None) -> None:
        if not name:
            return
        core = self.core

        def work() -> Compiled | NotCompiled:
            try:
                return Compiled(core.compile(runs, name=name))
            except BadInputError as error:
                return NotCompiled(str(error))

        in_thread(self, work, group="compile")

    @on(Compiled)
    def open_compiled(self, event: Compiled) -> None:
        """The playbook is where one goes from here."""
        self._marked = ()
        playbook = event.compilation.playbook
        self.book.open_playbook(f"{playbook.name}@{playbook.version}")

    @on(NotCompiled)
    def show_parting(self, event: NotCompiled) -> None:
        """Where the recordings part, to be read in peace; the marks stay."""
        self.app.push_screen(Reading("Not compiled", parting_rows(event.reason)))

    def take_fact(self, fact: Message) -> None:
        """A new draft is listed."""
        super().take_fact(fact)
        self.action_reload()

    def action_compare(self) -> None:
        """Compare the two that are marked, in the order of the marks."""
        if len(self._marked) == TWO:
            self.book.open_comparison(*self._marked)
        else:
            self.say("mark two recordings with space, then = compares them", severity="warning")

    def action_check(self) -> None:
        """See whether all playbooks would still pass."""
        self.book.open_check()

    def action_ledger(self) -> None:
        """Sum up what replaying has saved."""
        core = self.core
        in_thread(self, lambda: LedgerRead(core.ledger()), group="ledger")

    @on(LedgerRead)
    def show_ledger(self, event: LedgerRead) -> None:
        """Over the screen."""
        self.app.push_screen(Reading("Saved", ledger_rows(event.ledger)))

    def action_settle(self) -> None:
        """Ask whether the step happened that nobody knows of; of several, the oldest."""
        if self._unknown:
            ask_settle(self, self._unknown[0])

    @on(Settled)
    def show_settled(self, event: Settled) -> None:
        """Say where it goes on; another one may wait."""
        self.say(f"✓ {going_on(event.replay)}")
        self.action_reload()

    def action_audit(self) -> None:
        """Open the decisions."""
        self.book.open_audit()

    def action_doctor(self) -> None:
        """Open the findings."""
        self.book.open_doctor()

    def action_inbox(self) -> None:
        """Open the inbox."""
        self.book.open_inbox()

    def action_remove(self) -> None:
        """Delete a recording, after a question."""
        run = self._by_id.get(self.runs.key or "")
        if run is None:
            return
        ask_removal(self, run)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Only a recording can be marked, compiled and deleted here; only what is unknown is settled."""
        del parameters
        if action == "settle":
            return bool(self._unknown)
        return self.runs.has_focus and bool(self._by_id) if action in OF_RECORDINGS else True

    def on_descendant_focus(self) -> None:
        """The footer follows the list that has the focus."""
        self.refresh_bindings()

    @on(RunRemoved)
    def forget(self) -> None:
        """Read what is left."""
        self.action_reload()


def _playbook_cells(one: Summary) -> list[Piece]:
    active = f" (active {one.active})" if one.active not in (None, one.version) else ""
    return [
        VERSION_MARKS[one.status],
        piece(one.name, Tone.STRONG),
        piece(f"v{one.version}{active}"),
        piece(one.status),
        piece(str(one.steps)),
        _told(one),
    ]


def _told(one: Summary) -> Piece:
    """What must be known of it before anything else, else what it is for."""
    if one.problem:
        return piece(f"✗ {mistake_words(one.problem)}", Tone.BAD)
    against = one.suspect.words if one.suspect else one.wrong
    return piece(f"! {against}", Tone.WARN) if against else piece(one.goal or "", Tone.DIM)


def _run_cells(run: Run, presence: Presence | None, now: datetime, *, marked: bool) -> list[Piece]:
    standing = run.status.replace("_", " ")
    if presence is not None:
        standing += ", attached" if presence.attached else ", detached"
    return [
        Piece(MARKED, Tone.HEAD) if marked else RUN_MARKS[run.status],
        piece(run.name, Tone.STRONG),
        piece(ago(run.started_at, now)),
        piece(standing),
        piece(origin(run) or shortened_home(run.cwd, run.user_home), Tone.DIM),
    ]


def parting_rows(reason: str) -> list[Row]:
    """Why recordings are not one playbook."""
    first, _, rest = reason.partition(": ")
    return [
        *rows(first, Tone.BAD, first="✗ ", rest="  "),
        (),
        *(line for part in rest.split("; ") for line in rows(part, first="· ", rest="  ")),
    ]


def shortened_home(path: str, home: str) -> str:
    """A path with `~` for the person's own folder."""
    return f"~{path[len(home) :]}" if home and (path == home or path.startswith(f"{home}/")) else path
