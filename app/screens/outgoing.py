"""Shows what would be sent to a source outside of this machine, before it is."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import Static

from app.screens.dialogs import FRAME, Deliberate
from app.widgets.prose import Tone, content, piece
from replay.sources.asked import Asking


class Outgoing(Deliberate[bool]):
    """The whole request, to be scrolled through; `y` sends it, and the like from then on."""

    DEFAULT_CSS = f"""
    Outgoing {{ {FRAME} #frame {{ width: 94%; height: 90%; }} #frame > Static {{ height: auto; }}
        Lines {{ height: 1fr; margin-top: 1; }} }}
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "answer(True)", "send"),
        Binding("n,escape", "answer(False)", "don't"),
    ]

    def __init__(self, asking: Asking, *, sudden: bool = False) -> None:
        """Show it.

        Args:
            asking: What would be sent, and where to.
            sudden: Whether it comes by itself.
        """
        super().__init__(f"Send to {asking.source}?", asking.body, sudden=sudden)
        self._asking = asking

    def compose(self) -> ComposeResult:
        """Where to, and all of it."""
        told = f"This would leave this machine, for {self._asking.url}; its key goes in a header."
        with Vertical(id="frame") as frame:
            frame.border_title = content([piece(self._title)])
            frame.border_subtitle = content([piece("y sends this and the like from now on · n or esc sends nothing")])
            yield Static(content([piece(told, Tone.WARN)]), markup=False)
            yield self.lines

    def action_answer(self, yes: bool) -> None:  # noqa: FBT001 - what the binding hands over
        """Take the answer, once it could be read."""
        if self.meant(self._book.pressed_at, yes=yes):
            self.dismiss(yes)
