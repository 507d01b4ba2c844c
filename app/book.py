"""What a screen asks of the app that it is shown by: where to go, what goes on, and how a replay is wanted."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

import msgspec
from textual.events import Key
from textual.screen import Screen

from app.actions import Area
from app.approval import ApprovalGuard
from app.errands import Errand
from app.keymap import Keys
from app.library_search import LibrarySearch
from app.ports import Core
from app.settings.values import InForce, Settings
from app.stored import Stored
from app.workers.jobs import Job, Jobs
from replay.fleet.model import FleetRequest
from replay.history.drift import Watch
from replay.outcome import Mode
from replay.playbook import SafetyLevel


class Terms(msgspec.Struct, frozen=True, kw_only=True):
    """How a replay goes, beside its values."""

    network: bool = False
    """A shadow reaches the network as the host does."""
    ask: bool = False
    """Ask before each step that needs a confirmation."""
    yes_to: SafetyLevel | None = None
    """Yes is said beforehand to all steps up to this level."""


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What to replay."""

    ref: str
    """NAME or NAME@V."""
    cwd: str
    """Where."""
    mode: Mode = Mode.GUIDED
    """How."""
    shadow: bool = False
    """In an isolated copy of the workspace."""
    values: Mapping[str, str] = {}
    """What a person set, by parameter."""
    terms: Terms = Terms()
    """What else they set."""
    step: int | None = None
    """The one step that is tried, in a shadow, counted from 1; None: all of them are replayed."""
    alone: bool = False
    """Nothing runs before it."""
    from_step: int | None = None
    """The first step that runs, counted from 1, going on with a replay that stopped there; None: from the start."""


class Book(Protocol):
    """What a screen asks of the app that it is shown by."""

    core: Core
    """Where all data comes from; call it from a worker."""
    guard: ApprovalGuard
    """Keeps approvals from happening by accident."""
    clock: Callable[[], float]
    """Seconds; the guard's."""
    now: Callable[[], datetime]
    """The date and time."""
    pressed_at: float
    """When the key that is being handled was pressed."""
    when: Callable[[Key], float]
    """When a key was pressed, on the same clock."""

    library_search: LibrarySearch | None
    """What was searched for last in all recordings; it may go on."""
    in_force: InForce | None
    """The settings as they were read last; None before."""
    settings_problem: str | None
    """What is wrong with their file since then."""

    @property
    def preferences(self) -> Settings:
        """The settings in force."""
        ...

    @property
    def keys(self) -> Keys:
        """Which key does what; whoever names a key in a sentence asks this."""
        ...

    def take_keys(self, node: Any, *areas: Area) -> None:
        """Give a screen the keys that the settings have for its actions."""
        ...

    def set_setting(self, name: str, text: str | None) -> None:
        """Change a setting in the file, and put it on; None: as built in."""
        ...

    def read_settings_again(self) -> None:
        """Read the file, even where it looks as before."""
        ...

    def action_choose_theme(self) -> None:
        """Try themes on."""
        ...

    def go_home(self) -> None:
        """Leave every screen that lets go, down to the first."""
        ...

    def open_settings(self, name: str | None = None) -> None:
        """Look at the settings, with the cursor on one."""
        ...

    @property
    def going_on(self) -> tuple[str, ...]:
        """The errand that goes on, in words, most important first; none when none does."""
        ...

    @property
    def shown_screen(self) -> object:
        """The screen that is shown, or the one under a dialog."""
        ...

    def leave_behind(self, screen: Screen[None], job: Job) -> None:
        """Go back to the screen before; what this one shows goes on, listed as a job."""
        ...

    def come_back(self, screen: Screen[None], job: Job) -> None:
        """Show a screen again that was left while it went on."""
        ...

    @property
    def jobs(self) -> Jobs:
        """What goes on, and what has ended lately."""
        ...

    def send_out(self, errand: Errand, *, to: object = None) -> bool:
        """Begin an errand, told of on every screen, its fact told to one; False when the same one goes on."""
        ...

    def open_record(self, *, name: str | None = None, goal: str | None = None, watch: Sequence[str] = ()) -> None:
        """Record here, files elsewhere watched too; without a name it gets the directory's."""
        ...

    def open_live(self, run: str, *, take_over: bool = False) -> None:
        """Go on with a session that was left running."""
        ...

    def open_trace(self, run: str, *, find: str | None = None, at: tuple[int, int, int] | None = None) -> None:
        """Look at a recording; with a text to find in it, at a place that holds it."""
        ...

    def open_player(self, run: str, *, step: int = 1) -> None:
        """Play a recording, from a step on."""
        ...

    def replace_with_trace(self, run: str) -> None:
        """A session ended: its trace takes its place."""
        ...

    def open_playbook(self, ref: str, *, cwd: str | None = None) -> None:
        """Look at a playbook."""
        ...

    def open_editor(
        self, ref: str, *, saved: Callable[[Stored], None], step: int | None = None, written: str | None = None
    ) -> None:
        """Edit a playbook's document, from a step on, or what was made of it before."""
        ...

    def open_replay(self, plan: Plan) -> None:
        """Replay."""
        ...

    def open_search(self) -> None:
        """Find a text in all recordings."""
        ...

    def open_history(self, name: str) -> None:
        """Look at the replays of a playbook."""
        ...

    def open_tools(self) -> None:
        """Look at what carries out tool steps."""
        ...

    def open_seeking(self) -> None:
        """Find a playbook for a task."""
        ...

    def open_ledger(self, name: str | None = None) -> None:
        """See what replaying has saved, of one playbook or of all."""
        ...

    def open_comparison(self, one: str, two: str) -> None:
        """Hold two runs or replays against each other."""
        ...

    def open_check(self, found: Watch | None = None) -> None:
        """See whether the playbooks would still pass, or what a check found."""
        ...

    def open_fleet(self, wanted: FleetRequest | str) -> None:
        """Replay on many hosts, or look at one such replay by its id."""
        ...

    def open_fleets(self) -> None:
        """Look at all replays on many hosts."""
        ...

    def open_inbox(self) -> None:
        """Decide on repairs."""
        ...

    def open_audit(self) -> None:
        """Look at the decisions."""
        ...

    def open_doctor(self) -> None:
        """Look at the machine."""
        ...

    def open_sources(self) -> None:
        """Look at the sources of repairs outside of this machine."""
        ...
