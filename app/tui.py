"""The screen: one app over the same core as the command line; `run_tui` is its only door."""

import os
import sys
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import ClassVar

import msgspec
from textual import events, on
from textual.binding import BindingType
from textual.command import CommandPalette
from textual.screen import Screen

from app.actions import Area, bindings
from app.alt_keys import keep_alt
from app.approval import ApprovalGuard
from app.book import Plan
from app.errands import Errand, ErrandEnded, ErrandTold
from app.giving_back import minded, run
from app.keymap import FILE_NAME, load_keymap
from app.outer import OuterApp
from app.palette import ActionProvider
from app.ports import Core
from app.screens.audit import AuditScreen
from app.screens.base import LEAST_COLUMNS, LEAST_ROWS, BookScreen
from app.screens.checking import CheckScreen
from app.screens.compare import CompareScreen
from app.screens.dialogs import AskText, Confirm, Reading
from app.screens.doctor import DoctorScreen
from app.screens.editing import EditScreen
from app.screens.help import help_rows
from app.screens.history import HistoryScreen
from app.screens.home import HomeScreen
from app.screens.inbox import InboxScreen
from app.screens.playbook import PlaybookScreen
from app.screens.player import PlayerScreen
from app.screens.record import RecordScreen
from app.screens.replay import ReplayScreen
from app.screens.search import SearchScreen
from app.screens.sources import SourcesScreen
from app.screens.trace import TraceScreen
from app.stored import Stored
from app.terminals import is_dumb
from app.themes import CYCLE, DARK, LIGHT
from app.workers.facts import IceSeen
from capture.errors import BadInputError, ReplaybookError
from capture.standby import standing_by
from replay.governance.freezing import Frozen
from replay.outcome import Mode

LOOK_S = 1.0
"""Between the looks whether replays were frozen by somebody else."""


class Start(msgspec.Struct, frozen=True, kw_only=True):
    """Where the screen opens instead of Home."""

    ref: str
    """A playbook version to replay; the first key runs its first step."""
    cwd: str
    """The workspace."""
    mode: Mode = Mode.GUIDED
    """How."""


class ReplaybookApp(OuterApp, inherit_bindings=False):
    """Screens on a stack, Home at its bottom."""

    TITLE = "replaybook"
    CSS_PATH = "replaybook.tcss"
    COMMANDS: ClassVar[set[type[ActionProvider] | Callable[[], type[ActionProvider]]]] = {ActionProvider}  # type: ignore[assignment] # narrower than Textual's own
    BINDINGS: ClassVar[list[BindingType]] = bindings(Area.ANYWHERE)
    HORIZONTAL_BREAKPOINTS = [(0, "-cramped"), (LEAST_COLUMNS, "-narrow"), (100, "-wide")]  # noqa: RUF012 - Textual declares it so
    VERTICAL_BREAKPOINTS = [(0, "-low"), (LEAST_ROWS, "-high")]  # noqa: RUF012 - as above

    def __init__(
        self,
        core: Core,
        *,
        start: Start | None = None,
        clock: Callable[[], float] = time.monotonic,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        pressed: Callable[[events.Key], float] = lambda event: event.time,
    ) -> None:
        """Open over a core.

        Args:
            core: Where all data comes from.
            start: What to open instead of Home.
            clock: Seconds; the approval guard's.
            now: The date and time, to say how long ago something was.
            pressed: When a key was pressed, on the same clock.
        """
        super().__init__()
        self.core = core
        """Where all data comes from."""
        self.clock, self.now = clock, now
        self.guard = ApprovalGuard()
        """Keeps approvals from happening by accident."""
        self.pressed_at = 0.0
        """When the key that is being handled was pressed."""
        self.when = pressed
        """When a key was pressed, on the same clock."""
        self._start = start
        self._errand: Errand | None = None
        self._ice: Frozen | None = None

    def get_default_screen(self) -> Screen[None]:
        """Home."""
        return HomeScreen()

    def on_mount(self) -> None:
        """Dress, and open what was asked for."""
        for theme in (DARK, LIGHT):
            self.register_theme(theme)
        self.theme = DARK.name
        self._look_for_ice()
        self.set_interval(LOOK_S, self._look_for_ice)
        if self._start:
            self.open_replay(Plan(ref=self._start.ref, cwd=self._start.cwd, mode=Mode(self._start.mode)))

    @property
    def fault(self) -> Exception | None:
        """What ended it although nobody wanted that."""
        return self._exception

    def _fatal_error(self) -> None:
        """Who opened the screen tells of the fault in one line, once the terminal is given back."""
        self._close_messages_no_wait()

    async def on_event(self, event: events.Event) -> None:
        """Note when a key was pressed, before anything is done with it."""
        if isinstance(event, events.Key):
            self.pressed_at = self.when(event)
            self.guard.pressed(event.key, self.pressed_at)
        await super().on_event(event)

    @property
    def going_on(self) -> tuple[str, ...]:
        """The errand that goes on, in words, most important first; none when none does."""
        errand = self._errand
        # The shortest first: in a narrow terminal the rest is left out.
        ice = ("⊘ frozen", "F lifts it", self._ice.words) if self._ice else ()
        return (*ice, *((f"… {errand.title}", "ctrl+x stops it", *filter(None, [errand.said])) if errand else ()))

    @on(IceSeen)
    def show_ice(self, event: IceSeen) -> None:
        """Say on every screen whether replays are frozen, whoever did it."""
        if event.frozen != self._ice:
            self._ice = event.frozen
            self._show_going_on()
        if event.told:
            self.notify(event.told, severity="warning" if event.frozen else "information", markup=False)

    def _look_for_ice(self) -> None:
        self._in_the_ice(lambda: IceSeen(self.core.frozen()))

    def _in_the_ice(self, work: Callable[[], IceSeen]) -> None:
        def body() -> None:
            try:
                self.post_message(work())
            except ReplaybookError as error:
                self.post_message(IceSeen(self.core.frozen(), str(error)))

        self.run_worker(body, thread=True, group="ice")

    def action_freeze(self) -> None:
        """Stop every replay, or let them run again."""
        if self._ice is None:
            question = "Why? Every replay of this home is stopped, and none begins until this is lifted."
            self.push_screen(AskText("Freeze replays", question, optional=True), self._freeze)
        else:
            self.push_screen(Confirm("Let replays run", f"They are {self._ice.words}. Lift that?"), self._thaw)

    def _freeze(self, reason: str | None) -> None:
        def work() -> IceSeen:
            done = self.core.freeze((reason or "").strip() or None)
            return IceSeen(done.frozen, f"⊘ frozen; {len(done.stopped)} running replays stopped")

        if reason is not None:
            self._in_the_ice(work)

    def _thaw(self, sure: bool | None) -> None:  # noqa: FBT001 - what the dialog hands over
        if sure:
            self._in_the_ice(lambda: IceSeen(self.core.thaw().frozen, "✓ replays may run again"))

    def send_out(self, errand: Errand) -> bool:
        """Begin an errand; the app hears of it, so that it goes on whatever screen is left."""
        if self._errand is not None:
            self.notify(f"{self._errand.title} goes on; ctrl+x stops it", severity="warning", markup=False)
            return False
        self._errand = errand
        self.run_worker(lambda: errand.run(self.post_message), thread=True, group="errand")
        self._show_going_on()
        return True

    @on(ErrandTold)
    def show_errand(self) -> None:
        """Say how far it is."""
        self._show_going_on()

    @on(ErrandEnded)
    def end_errand(self, event: ErrandEnded) -> None:
        """Tell the screen that is shown, or the one under a dialog."""
        self._errand = None
        self._show_going_on()
        shown = next(screen for screen in reversed(self.screen_stack) if isinstance(screen, BookScreen))
        if event.fact is not None:
            shown.take_fact(event.fact)
        elif event.refusal:
            shown.say(event.refusal, severity="warning" if event.errand.stopped else "error")

    def _show_going_on(self) -> None:
        for screen in self.screen_stack:
            if isinstance(screen, BookScreen):
                screen.title_bar.going_on(*self.going_on)
        self.screen.refresh_bindings()

    def action_stop_errand(self) -> None:
        """End what goes on."""
        if self._errand is not None:
            self._errand.stop()

    def open_record(self, *, name: str | None = None, goal: str | None = None, watch: Sequence[str] = ()) -> None:
        """Record here."""
        self.push_screen(RecordScreen(cwd=str(Path.cwd()), name=name, goal=goal, watch=watch))

    def open_live(self, run: str, *, take_over: bool = False) -> None:
        """Go on with a session that was left running."""
        self.push_screen(RecordScreen(cwd=str(Path.cwd()), run=run, take_over=take_over))

    def open_trace(self, run: str, *, find: str | None = None, at: tuple[int, int] | None = None) -> None:
        """Look at a recording."""
        self.push_screen(TraceScreen(run, find=find, at=at))

    def open_search(self) -> None:
        """Find a text in all recordings."""
        if not isinstance(self.screen, SearchScreen):
            self.push_screen(SearchScreen())

    def open_player(self, run: str, *, step: int = 1) -> None:
        """Play a recording."""
        self.push_screen(PlayerScreen(run, step=step))

    def replace_with_trace(self, run: str) -> None:
        """A session ended: its trace takes its place."""
        self.switch_screen(TraceScreen(run))

    def open_playbook(self, ref: str, *, cwd: str | None = None) -> None:
        """Look at a playbook."""
        self.push_screen(PlaybookScreen(ref, cwd=cwd))

    def open_editor(
        self, ref: str, *, saved: Callable[[Stored], None], step: int | None = None, written: str | None = None
    ) -> None:
        """Edit a playbook's document."""
        self.push_screen(EditScreen(ref, saved=saved, step=step, written=written))

    def open_replay(self, plan: Plan) -> None:
        """Replay."""
        self.push_screen(ReplayScreen(plan))

    def open_history(self, name: str) -> None:
        """Look at the replays of a playbook."""
        self.push_screen(HistoryScreen(name))

    def open_comparison(self, one: str, two: str) -> None:
        """Hold two runs or replays against each other."""
        self.push_screen(CompareScreen(one, two))

    def open_check(self) -> None:
        """See whether the playbooks would still pass."""
        self.push_screen(CheckScreen())

    def open_inbox(self) -> None:
        """Decide on repairs."""
        self.push_screen(InboxScreen())

    def open_audit(self) -> None:
        """Look at the decisions."""
        self.push_screen(AuditScreen())

    def open_doctor(self) -> None:
        """Look at the machine."""
        self.push_screen(DoctorScreen())

    def open_sources(self) -> None:
        """Look at the sources of repairs outside of this machine."""
        self.push_screen(SourcesScreen())

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """There is no way back from Home."""
        if action == "stop_errand":
            return self._errand is not None
        if action == "back":
            return len(self.screen_stack) > 1
        return super().check_action(action, parameters)

    def action_help(self) -> None:
        """Every key of this screen."""
        areas = self.screen.areas if isinstance(self.screen, BookScreen) else (Area.ANYWHERE,)
        self.push_screen(Reading("Keys", help_rows(areas)))

    def action_command_palette(self) -> None:
        """Find an action by its words."""
        if not isinstance(self.screen, CommandPalette):
            self.push_screen(CommandPalette())

    def action_search(self) -> None:
        """Find a text in all recordings."""
        if isinstance(self.screen, BookScreen):
            self.open_search()

    def action_next_theme(self) -> None:
        """Dark, light, 16 colours."""
        at = CYCLE.index(self.theme) if self.theme in CYCLE else -1
        self.theme = CYCLE[(at + 1) % len(CYCLE)]

    async def action_back(self) -> None:
        """To the screen before, if the one that is shown lets go."""
        if isinstance(self.screen, BookScreen):
            self.screen.go_back()
        elif len(self.screen_stack) > 1:
            self.pop_screen()

    async def action_quit(self) -> None:
        """Ask first when something is going on."""
        shown = (screen for screen in self.screen_stack if isinstance(screen, BookScreen))
        errand = f"{self._errand.title} goes on. Stop it and quit?" if self._errand else None
        busy = next((screen.busy for screen in shown if screen.busy), errand)
        if busy is None:
            self.exit()
            return

        def leave(sure: bool | None) -> None:  # noqa: FBT001 - what the dialog hands over
            if sure:
                self.action_stop_errand()
                self.exit()

        self.push_screen(Confirm("Quit", busy), leave)


def run_tui(core: Core, *, start: Start | None = None) -> int:
    """Open the screen and stay until the person quits.

    Args:
        core: Where all data comes from.
        start: What to open instead of Home.

    Returns:
        The exit code.

    Raises:
        BadInputError: There is no terminal that it could be drawn on, or the person's own key map is wrong.
    """
    _check_terminal(os.environ.get("TERM"), reached=sys.stdin.isatty() and sys.stdout.isatty())
    app = ready_app(core, start=start)
    keep_alt()
    with minded(), standing_by():
        run(app)
    if app.fault is not None:
        raise app.fault
    return app.return_code or 0


def ready_app(core: Core, *, start: Start | None = None) -> ReplaybookApp:
    """The app as the person has set it.

    Raises:
        BadInputError: Their own key map is wrong.
    """
    keymap = load_keymap(core.home.path / FILE_NAME)
    app = ReplaybookApp(core, start=start)
    app.set_keymap(keymap)
    return app


def _check_terminal(name: str | None, *, reached: bool) -> None:
    if reached and not is_dumb(name):
        return
    found = f"TERM={name or ''} can't move its cursor" if reached else "there is none here"
    raise BadInputError(f"the screen wants a terminal, and {found}; every command works without: replaybook --help")
