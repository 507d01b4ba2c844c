"""The screen: one app over the same core as the command line; `run_tui` is its only door."""

from __future__ import annotations

import gc
import os
import sys
import time
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, ClassVar

import msgspec
from textual import events, on

from app.actions import Area, bindings
from app.alt_keys import keep_alt
from app.approval import ApprovalGuard
from app.busy import Busy
from app.dressing import Dressed
from app.giving_back import minded, run
from app.opening import Opening
from app.palette import PROVIDERS, Offering, Palette
from app.screens.base import LEAST_COLUMNS, LEAST_ROWS, BookScreen
from app.screens.home import HomeScreen
from app.teamed import Teamed
from app.terminals import is_dumb
from app.widgets.key_bar import leads_back
from app.workers.facts import IceSeen
from app.workers.jobs import Jobs
from capture.errors import BadInputError, ReplaybookError
from capture.standby import standing_by

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.binding import BindingType
    from textual.screen import Screen

    from app.ports import Core
    from app.settings.values import InForce
    from replay.governance.freezing import Frozen

DRAWN_S = 0.1
"""After this long the first picture is drawn, and threads that would hold it up may begin."""
SELDOM = 20_000
"""Objects that are made before the young ones are looked through for what can go: a key makes thousands."""
LOOK_S = 1.0
"""Between the looks whether replays were frozen, or settings changed, by somebody else."""


class Start(msgspec.Struct, frozen=True, kw_only=True):
    """Where the screen opens instead of Home."""

    ref: str
    """A playbook version to replay; the first key runs its first step."""
    cwd: str
    """The workspace."""
    mode: str = "guided"
    """How: a `Mode`."""


class ReplaybookApp(Opening, Busy, Teamed, Dressed, inherit_bindings=False):
    """Screens on a stack, Home at its bottom."""

    TITLE = "replaybook"
    CSS_PATH = "replaybook.tcss"
    COMMANDS: ClassVar[set[type[Offering] | Callable[[], type[Offering]]]] = {*PROVIDERS}  # type: ignore[assignment] # narrower than Textual's own
    BINDINGS: ClassVar[list[BindingType]] = bindings(Area.ANYWHERE)
    HORIZONTAL_BREAKPOINTS = [(0, "-cramped"), (LEAST_COLUMNS, "-narrow"), (100, "-wide"), (116, "-roomy")]  # noqa: RUF012 - Textual declares it so
    VERTICAL_BREAKPOINTS = [(0, "-low"), (LEAST_ROWS, "-high")]  # noqa: RUF012 - as above

    def __init__(
        self,
        core: Core,
        *,
        start: Start | None = None,
        settings: InForce | None = None,
        clock: Callable[[], float] = time.monotonic,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        pressed: Callable[[events.Key], float] = lambda event: event.time,
    ) -> None:
        """Open over a core.

        Args:
            core: Where all data comes from.
            start: What to open instead of Home.
            settings: As they are; None: as built in until they are read.
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
        self._clicked_at: float | None = None
        self.pressed_at = 0.0
        """When the key that is being handled was pressed."""
        self.when = pressed
        """When a key was pressed, on the same clock."""
        self._start = start
        self.dress(settings)
        self._ice: Frozen | None = None
        self.jobs = Jobs()
        """What goes on, and what has ended lately."""

    def get_default_screen(self) -> Screen[None]:
        """Home."""
        return HomeScreen()

    def on_mount(self) -> None:
        """Look around, and open what was asked for."""
        self.set_timer(DRAWN_S, self._look_around)
        self.set_interval(LOOK_S, self._look_around)
        if self._start:
            self._open_start(self._start)

    def _open_start(self, start: Start) -> None:
        from app.book import Plan
        from replay.outcome import Mode

        self.open_replay(Plan(ref=start.ref, cwd=start.cwd, mode=Mode(start.mode)))

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
        elif isinstance(event, events.MouseDown):
            self._clicked_at = event.time
        await super().on_event(event)

    def simulate_key(self, key: str) -> None:
        """Press a key that was clicked: guards count from when the mouse button went down, however late that is heard.

        Args:
            key: As Textual names it.
        """
        pressed = events.Key(key, None)
        pressed.time = self._clicked_at or pressed.time
        self.post_message(pressed)

    @property
    def going_on(self) -> tuple[str, ...]:
        """What goes on wherever one is, in words, most important first; none when nothing does."""
        # The shortest first: in a narrow terminal the rest is left out.
        ice = ("⊘ frozen", f"{self.keys.first('freeze')} lifts it", self._ice.words) if self._ice else ()
        return (*ice, *self.team_words, *super().going_on)

    @on(IceSeen)
    def show_ice(self, event: IceSeen) -> None:
        """Say on every screen whether replays are frozen, whoever did it."""
        if event.frozen != self._ice:
            self._ice = event.frozen
            self.show_going_on()
        if event.told:
            self.notify(event.told, severity="warning" if event.frozen else "information", markup=False)

    def _look_around(self) -> None:
        """What somebody else has done: replays frozen, settings changed, something in the team."""

        def body() -> None:
            for message in (IceSeen(self.core.frozen()), *self.settings_news(), *self.team_news()):
                self.post_message(message)

        self.run_worker(body, thread=True, group="around")

    def _in_the_ice(self, work: Callable[[], IceSeen]) -> None:
        def body() -> None:
            try:
                self.post_message(work())
            except ReplaybookError as error:
                self.post_message(IceSeen(self.core.frozen(), str(error)))

        self.run_worker(body, thread=True, group="ice")

    def action_freeze(self) -> None:
        """Stop every replay, or let them run again."""
        from app.screens.dialogs import AskText, Confirm

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

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """There is no way back from Home; a dialog over it is closed, which is nothing that Home's keys do."""
        if action == "stop_errand":
            return bool(self.jobs.going_on)
        if action == "back":
            return leads_back(self.screen_stack)
        return super().check_action(action, parameters)

    def action_help(self) -> None:
        """Every key of this screen."""
        from app.screens.dialogs import Reading
        from app.screens.help import help_rows

        areas = self.screen.areas if isinstance(self.screen, BookScreen) else (Area.ANYWHERE,)
        self.push_screen(Reading("Keys", help_rows(areas, self.keys)))

    def action_command_palette(self) -> None:
        """Find an action by its words."""
        if not isinstance(self.screen, Palette):
            self.push_screen(Palette())

    def go_home(self) -> None:
        """Leave every screen that lets go, down to the first."""
        depth = len(self.screen_stack)
        while depth > 1 and isinstance(self.screen, BookScreen):
            self.screen.go_back()
            if len(self.screen_stack) >= depth:
                return
            depth = len(self.screen_stack)

    def action_search(self) -> None:
        """Find a text in all recordings."""
        if isinstance(self.screen, BookScreen):
            self.open_search()

    async def action_back(self) -> None:
        """To the screen before, if the one that is shown lets go."""
        if isinstance(self.screen, BookScreen):
            self.screen.go_back()
        elif len(self.screen_stack) > 1:
            self.pop_screen()

    async def action_quit(self) -> None:
        """Ask first when something is going on."""
        from app.screens.dialogs import Confirm

        shown = (screen for screen in self.screen_stack if isinstance(screen, BookScreen))
        busy = next((screen.busy for screen in shown if screen.busy), self.jobs.question)
        if busy is None:
            self.exit()
            return

        def leave(sure: bool | None) -> None:  # noqa: FBT001 - what the dialog hands over
            if sure:
                self.jobs.stop()
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
    # Textual draws on stderr: where that goes elsewhere, keys would act on what nobody sees.
    reached = all(stream is not None and stream.isatty() for stream in (sys.stdin, sys.stdout, sys.__stderr__))
    _check_terminal(os.environ.get("TERM"), reached=reached)
    app = ready_app(core, start=start)
    keep_alt()
    # What was imported stays: to look through all of it for what can go would hold keys up, again and again.
    gc.freeze()
    gc.set_threshold(SELDOM, 20, 20)
    with minded(), standing_by():
        run(app)
    if app.fault is not None:
        raise app.fault
    return app.return_code or 0


def ready_app(core: Core, *, start: Start | None = None) -> ReplaybookApp:
    """The app as the person has set it; a mistake in their file keeps nobody from working, and is told once it runs."""
    settings = None
    with suppress(BadInputError):
        settings = core.settings()
    return ReplaybookApp(core, start=start, settings=settings)


def _check_terminal(name: str | None, *, reached: bool) -> None:
    if reached and not is_dumb(name):
        return
    found = f"TERM={name or ''} can't move its cursor" if reached else "stdin, stdout or stderr is none"
    raise BadInputError(f"the screen wants a terminal, and {found}; every command works without: replaybook --help")
