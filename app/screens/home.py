"""Home: what there is to replay and how it fares, what was recorded, what waits for a person."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.containers import Center, Container, Horizontal, Vertical
from textual.widgets import Static

from app.actions import Area, bindings
from app.screens.asking import TWO, AskingScreen
from app.widgets.lines import Lines
from app.widgets.prose import Tone, content, row
from app.widgets.shelf import Shelf
from app.workers.facts import ShelfRead
from app.workers.tasks import in_thread
from app.workers.telling import CheckEnded

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from textual.binding import BindingType
    from textual.message import Message
    from textual.widget import Widget

    from app.health import Health
    from app.stored import Summary
    from capture.tape.presence import Presence
    from replay.history.drift import Checked

OF_RECORDINGS = frozenset({"push_run", "join", "remove", "mark", "compile_marked", "compare"})
OF_LISTS = frozenset({"open", "filter_lists"})
"""Nothing to do with them at the very beginning."""
DRAWN_S = 0.05
"""After this long the first picture is drawn, and threads that would hold it up may begin."""
NO_PLAYBOOKS = "No playbooks yet: {} on a recording below makes one of it."
NO_RUNS = "No recordings left. {} records what you do in a shell until you leave it with exit."


class HomeScreen(AskingScreen):
    """Playbooks above, recordings below, what is known of the chosen one beside them, what waits in one line."""

    AREA = Area.HOME
    AUTO_FOCUS = ""
    """None: which list has the focus first depends on what there is."""
    BINDINGS: ClassVar[list[BindingType]] = bindings(Area.HOME)

    def __init__(self) -> None:
        """Begin with empty lists."""
        super().__init__()
        self.about = Lines(id="about-chosen")
        """What is known of the row under the cursor."""
        self.welcome = Lines(id="welcome")
        """What somebody sees who has never recorded anything."""
        self._by_name: dict[str, Summary] = {}
        self._health: Mapping[str, Health] = {}
        self._checked: dict[str, Checked] = {}
        self._live: Mapping[str, Presence] = {}
        self._shown_before = self._open_ahead = False

    def compose_body(self) -> Iterator[Widget]:
        """The lists, and what takes their place at the very beginning."""
        with Horizontal(id="shelves"), Vertical():
            yield self.playbooks
            yield self.runs
        yield Container(Center(), id="beginning")
        yield Static(id="waiting", markup=False)

    def on_mount(self) -> None:
        """Name the lists."""
        self.playbooks.border_title, self.runs.border_title = "Playbooks", "Recordings"
        self.about.border_title, self.welcome.border_title = "About", "Welcome"
        self.about.can_focus = False

    def on_screen_resume(self) -> None:
        """Whatever was done elsewhere shows; the first picture of all waits for no thread."""
        super().on_screen_resume()
        if self._shown_before:
            self.action_reload()
        else:
            self.set_timer(DRAWN_S, self.action_reload)
        self._shown_before = True

    def action_reload(self) -> None:
        """Read everything again."""
        core = self.core

        def read() -> ShelfRead:
            runs, playbooks = core.runs(), core.playbooks()
            return ShelfRead(
                runs,
                playbooks,
                core.repairs(),
                core.live(),
                core.unknown(),
                health=core.health(),
                shadow=core.shadow_level(),
                machine=() if runs or playbooks else core.doctor(),
                overdue=core.overdue(runs),
            )

        in_thread(self, read, group="shelf")

    def take_news(self) -> None:
        """Read what others have done."""
        self.action_reload()

    @on(ShelfRead)
    def show(self, event: ShelfRead) -> None:
        """Fill the lists."""
        from app.screens.listing import next_step, standing, waiting_pieces
        from app.screens.welcoming import welcome_rows

        if not self.query_one("#shelves").is_attached:
            # The program is ending.
            return
        recorded = [run for run in event.runs if run.replay_id is None]
        fresh = not recorded and not event.playbooks
        self.set_class(fresh, "-fresh")
        self._by_id = {run.run_id: run for run in recorded}
        self._by_name = {one.name: one for one in event.playbooks}
        self._health, self._live, self._unknown = event.health, event.live, tuple(event.unknown)
        self._marked = tuple(run for run in self._marked if run in self._by_id)
        if not self.about.is_attached:
            # The first picture is drawn without them: each has many styles.
            self.query_one("#shelves").mount(self.about)
            self.query_one("#beginning Center").mount(self.welcome)
        keys = self.book.keys
        self.playbooks.empty = NO_PLAYBOOKS.format(keys.first("compile-marked"))
        self.runs.empty = NO_RUNS.format(keys.first("record"))
        self._show_lists()
        waiting = sum(repair.status == "proposed" for repair in event.repairs)
        next_one = next_step(recorded, event.playbooks, self._health.values(), keys)
        self.query_one("#waiting", Static).update(
            content(waiting_pieces(waiting, self._unknown, next_one, keys, overdue=event.overdue))
        )
        self.title_bar.facts(f"● {waiting} to review" if waiting else "", standing(event.shadow))
        if fresh:
            self.welcome.show(welcome_rows(event.machine, self.core.home.path, keys))
        if self.focused is None:
            shelf = self.playbooks if event.playbooks else self.runs
            self.call_after_refresh(self._focus_first, self.welcome if fresh else shelf)
            if self._open_ahead and self.is_current:
                shelf.choose()
        self._open_ahead = False
        self.refresh_bindings()

    def _focus_first(self, widget: Widget) -> None:
        """Focus what is looked at first, unless a key has gone elsewhere by then."""
        if self.focused is None:
            widget.focus()

    def _show_lists(self) -> None:
        from app.screens.listing import MARKED, WELL, playbook_cells, run_cells

        now = self.book.now()
        self.playbooks.show(
            [
                (name, playbook_cells(one, self._health.get(name, WELL), self._checked.get(name)))
                for name, one in self._by_name.items()
            ]
        )
        self.runs.show(
            [
                (one, run_cells(run, self._live.get(one), now, marked=one in self._marked))
                for one, run in self._by_id.items()
            ]
        )
        keys = self.book.keys
        more = f", {keys.first('compare')} compares them" if len(self._marked) == TWO else ""
        said = f"{MARKED} {len(self._marked)} marked · {keys.first('compile-marked')} compiles them{more}"
        self.runs.border_subtitle = said if self._marked else ""
        self.show_about()

    @on(Shelf.Moved)
    def show_about(self) -> None:
        """What is known of the row under the cursor of the list that has the focus."""
        from app.screens.listing import WELL, about_playbook, about_run

        run, keys = self._by_id.get(self.runs.key or ""), self.book.keys
        one = self._by_name.get(self.playbooks.key or "")
        if one is not None and (run is None or not self.runs.has_focus):
            self.about.show(about_playbook(one, self._health.get(one.name, WELL), self._checked.get(one.name), keys))
        elif run is not None:
            self.about.show(about_run(run, self._live.get(run.run_id), self.book.now(), keys))
        else:
            self.about.show([row("nothing is chosen", Tone.DIM)])

    def action_demo(self) -> None:
        """Lend the terminal to the whole story on a throw-away home."""
        from app.screens.welcoming import play_demo

        play_demo(self)

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
        """Open what the cursor of the focused list is on; before there are any, once they were read."""
        if not self.about.is_attached:
            self._open_ahead = True
        # The list that is looked at first has the focus only once it was drawn.
        first = self.focused is None and bool(self._by_name)
        (self.playbooks if first or self.playbooks.has_focus else self.runs).choose()

    def action_record(self) -> None:
        """Record a session."""
        self.book.open_record()

    def action_mark(self) -> None:
        """Mark the recording under the cursor, or take the mark away."""
        if self.runs.key is not None:
            others = tuple(one for one in self._marked if one != self.runs.key)
            self._marked = others if len(others) < len(self._marked) else (*others, self.runs.key)
            self._show_lists()

    def take_fact(self, fact: Message) -> None:
        """A new draft is listed, and what a drift watch found."""
        super().take_fact(fact)
        if isinstance(fact, CheckEnded):
            self.note_checked(fact.watch.playbooks)
        self.action_reload()

    def note_checked(self, found: Sequence[Checked]) -> None:
        """Keep what a drift watch found, for as long as the program runs."""
        self._checked = {one.playbook: one for one in found}

    def action_fleets(self) -> None:
        """Look at the replays on many hosts."""
        self.book.open_fleets()

    def action_check(self) -> None:
        """See whether all playbooks would still pass."""
        self.book.open_check()

    def action_audit(self) -> None:
        """Open the decisions."""
        self.book.open_audit()

    def action_doctor(self) -> None:
        """Open the findings."""
        self.book.open_doctor()

    def action_inbox(self) -> None:
        """Open the inbox."""
        self.book.open_inbox()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Only a recording can be marked, compiled and deleted here; only what is unknown is settled."""
        del parameters
        if action in OF_LISTS:
            return not self.has_class("-fresh")
        if action == "settle":
            return bool(self._unknown)
        return self.runs.has_focus and bool(self._by_id) if action in OF_RECORDINGS else True

    def on_descendant_focus(self) -> None:
        """The footer and what is told beside the lists follow the one that has the focus."""
        if not self.has_class("-fresh"):
            self.show_about()
        self.refresh_bindings()
