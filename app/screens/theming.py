"""The chooser of themes: the cursor tries one on at once, on the very screen that is behind it."""

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import Static

from app.screens.dialog import Dialog
from app.screens.dialogs import FRAME
from app.settings.values import THEMES
from app.widgets.prose import Piece, Tone, content, piece
from app.widgets.shelf import Shelf

WORDS = {
    "dark": "calm, for dark rooms",
    "light": "calm, for bright ones",
    "high-contrast": "7 to 1 and more",
    "ansi-dark": "your terminal's own 16 colours",
}
SAMPLE = (
    (Piece("✓ done  ", Tone.GOOD), Piece("✗ failed  ", Tone.BAD), Piece("! look here", Tone.WARN)),
    (Piece("▸ runs  ", Tone.HEAD), Piece("{{project}}  ", Tone.MASK), Piece("· waits", Tone.DIM)),
)


class ThemeChooser(Dialog[str | None]):
    """Gives back the theme that was taken; None when it is to stay as it was."""

    DEFAULT_CSS = f"""
    ThemeChooser {{ {FRAME}
        align: right bottom;
        #frame {{ width: 52; margin: 1 2; }}
        Shelf {{ height: {len(THEMES) + 1}; margin-bottom: 1; }}
    }}
    """
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "leave", "cancel"), Binding("enter", "take", "take")]

    def __init__(self, theme: str, *, colourless: bool) -> None:
        """Begin at the theme that is on.

        Args:
            theme: Its name.
            colourless: Whether NO_COLOR keeps every theme from showing.
        """
        super().__init__()
        self._before, self._colourless = theme, colourless
        self.shelf = Shelf("theme", "", empty="")
        """The themes."""

    def compose(self) -> ComposeResult:
        """The list, and how states look."""
        with Vertical(id="frame") as frame:
            frame.border_title = "Theme"
            frame.border_subtitle = "enter takes it · esc leaves it as it was"
            yield self.shelf
            for line in SAMPLE:
                yield Static(content(line), markup=False)
            if self._colourless:
                yield Static(content([piece("NO_COLOR is set: it shows where that is not.", Tone.WARN)]), markup=False)

    def on_mount(self) -> None:
        """Fill it."""
        self.shelf.show([(name, (Piece(" "), piece(name, Tone.STRONG), piece(WORDS[name]))) for name in THEMES])
        self.shelf.go_to(self._before)
        self.shelf.focus()

    @on(Shelf.Moved)
    def try_on(self, event: Shelf.Moved) -> None:
        """The whole screen shows it."""
        event.stop()
        if not self._colourless:
            self.app.theme = event.key

    @on(Shelf.Chosen)
    def take_clicked(self, event: Shelf.Chosen) -> None:
        """A click takes it."""
        event.stop()
        self.dismiss(event.key)

    def action_take(self) -> None:
        """Take the one under the cursor."""
        self.dismiss(self.shelf.key)

    def action_leave(self) -> None:
        """As it was."""
        if not self._colourless:
            self.app.theme = self._before
        self.dismiss(None)
