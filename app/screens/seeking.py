"""Find: what one wants done above, the playbooks that were made for it below, and whether one of them is ready."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual import events, on
from textual.binding import BindingType
from textual.widget import Widget
from textual.widgets import Input

from app.actions import Area, bindings
from app.book import Plan
from app.errands import Errand
from app.screens.base import BookScreen
from app.screens.comparing import CHECK_SIGNS
from app.screens.endings import ending_of
from app.widgets.lines import Lines
from app.widgets.one_line import OneLine
from app.widgets.prose import Piece, Row, Tone, piece, row, rows
from app.widgets.shelf import Shelf
from app.workers.tasks import in_thread
from app.workers.telling import Dispatched, PlaybooksFound
from replay.finding.deciding import Dispatch
from replay.outcome import Mode
from replay.playbook import VersionStatus

if TYPE_CHECKING:
    from app.core.finding import FoundPlaybook

EMPTY = "Say what is to be done, and press enter. Names, goals, steps and parameters are searched."
NONE = "No playbook was made for that."
HINT = "{dispatch} tells which one is to be replayed here, or why none is; it runs nothing."
SIGNS = {VersionStatus.ACTIVE: Piece("✓", Tone.GOOD), VersionStatus.DISABLED: Piece("⊘", Tone.BAD)}


class SeekScreen(BookScreen):
    """The task, what fits it, and the answer of a dispatch."""

    AREA = Area.FIND
    AUTO_FOCUS = "#text"
    BINDINGS: ClassVar[list[BindingType]] = bindings(Area.FIND)

    def __init__(self) -> None:
        """Begin with nothing asked."""
        super().__init__()
        self.text = OneLine(placeholder="what is to be done", id="text")
        """The task."""
        self.found = Shelf("playbook", "status", "succeeded", "goal", empty=EMPTY, id="hits")
        """What was made for it, best first."""
        self.answer = Lines(id="answer")
        """What a dispatch said."""
        self._wanted = ""
        self._dispatched: Dispatch | None = None

    def compose_body(self) -> Iterator[Widget]:
        """Task, list, answer."""
        yield self.text
        yield self.found
        yield self.answer

    def on_mount(self) -> None:
        """Name the panes."""
        self.text.border_title, self.found.border_title, self.answer.border_title = "Task", "Playbooks", "Dispatch"
        self.found.show([])
        self.answer.show([row(self.book.keys.told(HINT), Tone.DIM)])

    @on(Input.Submitted)
    def seek(self, event: Input.Submitted) -> None:
        """Search."""
        event.stop()
        task, core = event.value.strip(), self.core
        if task:
            self._wanted = task
            in_thread(self, lambda: PlaybooksFound(core.find(task)), group="find")

    @on(PlaybooksFound)
    def show(self, event: PlaybooksFound) -> None:
        """List them; what was dispatched before was for another task."""
        if event.found.task != self._wanted:
            return
        listed = event.found.playbooks
        self.found.empty = NONE
        self.found.show([(f"{one.playbook}@{one.version}", _cells(one)) for one in listed])
        self._answered(None)
        if listed:
            self.found.focus()

    @on(Shelf.Chosen)
    def open_chosen(self) -> None:
        """A click opens as enter does."""
        self.action_open()

    def action_open(self) -> None:
        """Open the playbook under the cursor."""
        if self.found.key is not None:
            self.book.open_playbook(self.found.key, cwd=str(Path.cwd()))

    def action_ask_anew(self) -> None:
        """Another task."""
        self.text.focus()

    def action_dispatch(self) -> None:
        """Ask which one is to be replayed here."""
        core, task, cwd = self.core, self._wanted, str(Path.cwd())
        if not task:
            self.say(EMPTY, severity="warning")
            return
        work = Errand(f"dispatching {task}", lambda _: Dispatched(core.dispatch(task, cwd=cwd)), ending=ending_of)
        self.book.send_out(work, to=self)

    @on(Dispatched)
    def show_dispatched(self, event: Dispatched) -> None:
        """Say which one, or why none."""
        if event.dispatch.goal == self._wanted:
            self._answered(event.dispatch)

    def action_replay_dispatched(self) -> None:
        """Replay it, strictly, with the values that were told."""
        found = self._dispatched
        if found is not None and found.replay is not None:
            plan = Plan(ref=found.replay, cwd=found.workspace, mode=Mode.STRICT, values=found.values)
            self.book.open_replay(plan)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """While a task is typed, its letters are no keys; only what was dispatched can be replayed."""
        if action in ("open", "ask_anew", "dispatch") and self.text.has_focus:
            return False
        if action == "replay_dispatched":
            return not self.text.has_focus and self._dispatched is not None and self._dispatched.replay is not None
        return super().check_action(action, parameters)

    def on_key(self, event: events.Key) -> None:
        """Down leaves the task for what was found."""
        if event.key == "down" and self.text.has_focus and self.found.shown:
            event.stop()
            self.found.focus()

    def on_descendant_focus(self) -> None:
        """The footer follows."""
        self.refresh_bindings()

    def _answered(self, found: Dispatch | None) -> None:
        self._dispatched = found
        said = dispatch_rows(found) if found else []
        self.answer.show([*said, *([()] if said else []), row(self.book.keys.told(HINT), Tone.DIM)])
        self.refresh_bindings()


def dispatch_rows(found: Dispatch) -> list[Row]:
    """What is to be replayed, with which values; or why nothing is."""
    if found.replay is None:
        said = rows(f"{str(found.why or '').replace('_', ' ')}: {found.message}", Tone.WARN, first="? ", rest="  ")
        said += [row(f"  near: {', '.join(found.candidates)}", Tone.DIM)] if found.candidates else []
    else:
        said = [(Piece("✓ ", Tone.GOOD), piece(f"replay {found.replay}", Tone.STRONG))]
        said += rows(found.message, first="  ", rest="  ")
    for name, value in found.bindings.items():
        origin = "  from the task" if name in found.proposed else ""
        said.append((piece(f"  {name} = ", Tone.DIM), piece(value), Piece(origin, Tone.DIM)))
    return [*said, *((CHECK_SIGNS[check.state], piece(check.message)) for check in found.checks)]


def _cells(one: "FoundPlaybook") -> list[Piece]:
    return [
        SIGNS.get(one.status, Piece("·", Tone.DIM)),
        piece(f"{one.playbook}@{one.version}", Tone.STRONG),
        piece(one.status),
        piece(f"{one.succeeded} of {one.tried}" if one.tried else "never replayed", Tone.DIM),
        piece(one.goal or ""),
    ]
