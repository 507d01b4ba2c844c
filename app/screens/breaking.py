"""The list of breakpoints: what a replay halts at, where that would be, each cleared or gone to by a key."""

from collections.abc import Callable, Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical

from app.screens.comparing import step_words
from app.screens.dialog import Dialog
from app.screens.dialogs import FRAME
from app.widgets.prose import Piece, Tone, command_line, content, piece
from app.widgets.shelf import Shelf
from app.widgets.steps import BREAKPOINT, CONDITIONAL, FORESEEN
from replay.playbook import Playbook
from replay.stepping.breakpoints import Breakpoint

EMPTY = "None is set. {} in the list of steps sets one on a step, a one on anything else."
ADD = "add"
"""What the list closes with when one is to be written."""


class BreakpointList(Dialog[int | str | None]):
    """Closes with the step that a person wants to go to, with `ADD`, or with None."""

    DEFAULT_CSS = f"""
    BreakpointList {{ {FRAME}
        #frame {{ width: 84; }}
        #frame > Shelf {{ height: auto; max-height: 14; }}
    }}
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q", "leave", "close"),
        Binding("enter", "take", "go to"),
        Binding("a", "add", "add"),
        Binding("d,b,delete", "clear", "clear"),
    ]

    def __init__(
        self,
        playbook: Playbook,
        read: Callable[[], Sequence[Breakpoint]],
        clear: Callable[[Breakpoint], object],
        key: str,
    ) -> None:
        """Show them.

        Args:
            playbook: What is replayed.
            read: Those that are set.
            clear: Takes one away.
            key: Sets one in the list of steps.
        """
        super().__init__()
        self._playbook, self._read, self._clear = playbook, read, clear
        self.shelf = Shelf("halts at", "in", empty=EMPTY.format(key))
        """All of them."""

    def compose(self) -> ComposeResult:
        """The list."""
        with Vertical(id="frame") as frame:
            frame.border_title = content([piece("Breakpoints")])
            frame.border_subtitle = content([piece("enter goes there · a adds · d clears · esc closes")])
            yield self.shelf

    def on_mount(self) -> None:
        """Fill it."""
        self._fill()
        self.shelf.focus()

    def _fill(self) -> None:
        self.shelf.show([(str(one), _cells(self._playbook, one)) for one in self._read()])

    @property
    def _chosen(self) -> Breakpoint | None:
        return next((one for one in self._read() if str(one) == self.shelf.key), None)

    @on(Shelf.Chosen)
    def go_to(self, event: Shelf.Chosen) -> None:
        """A click goes there as enter does."""
        event.stop()
        self.action_take()

    def action_take(self) -> None:
        """Go to the step that it halts at, or at whose end it would first."""
        chosen = self._chosen
        if chosen is not None:
            self.dismiss(next(iter(halting_steps(self._playbook, chosen)), None))

    def action_clear(self) -> None:
        """Take the one under the cursor away."""
        chosen = self._chosen
        if chosen is not None:
            self._clear(chosen)
            self._fill()

    def action_add(self) -> None:
        """Have one written."""
        self.dismiss(ADD)

    def action_leave(self) -> None:
        """Close."""
        self.dismiss(None)


def halting_steps(playbook: Playbook, one: Breakpoint) -> list[int]:
    """The steps that a breakpoint is set on, or behind which it would halt if they go as recorded."""
    if one.step is not None:
        return [one.step]
    return [index for index, step in enumerate(playbook.steps, 1) if one.foreseen(index, step)]


def sign(one: Breakpoint) -> str:
    """As in the gutter."""
    if one.step is None:
        return FORESEEN
    return BREAKPOINT if one.condition is None else CONDITIONAL


def _cells(playbook: Playbook, one: Breakpoint) -> list[Piece]:
    return [piece(sign(one), Tone.BAD), piece(str(one), Tone.STRONG), piece(_where(playbook, one), Tone.DIM)]


def _where(playbook: Playbook, one: Breakpoint) -> str:
    found = halting_steps(playbook, one)
    if one.step is not None:
        return command_line(step_words(playbook.steps[one.step - 1])) if one.step <= len(playbook.steps) else ""
    if not found:
        return "no step, if all goes as recorded" if one.wanted else "every step, while that is so"
    return f"behind step {', '.join(map(str, found))}"
