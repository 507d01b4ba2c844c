"""A screen with a live shell pane: where its keys go, how large it is, and what was shown in it."""

from abc import abstractmethod

from textual import on

from app.actions import Area
from app.ghostty import Ghostty
from app.screens.base import BookScreen
from app.screens.dialogs import AskText
from app.widgets.prose import content, piece
from app.widgets.shell_pane import ShellPane
from app.widgets.terminal_pane import LEAVE_ACTION, TerminalPane

SEARCH_QUESTION = "Capitals count if there is one in it. {look-next} and {look-previous} go on to the other places."

STEP_PERCENT, LEAST_PERCENT, MOST_PERCENT = 5, 15, 70
"""Of the width: what a key moves the edge by, and the least and most that the trace gets."""
SHORT_S = 2.0
KEPT_FROM_SHELL = (LEAVE_ACTION, "note")
"""What keys do that the pane does not give to its shell."""


class ShellScreen(BookScreen):
    """Owns the pane; whose shell is in it, a subclass knows. Its trace stands in `#side`."""

    AUTO_FOCUS = ""
    """Where nothing had the keys before a dialog, nothing has them behind it: the next is no key of a shell."""

    def __init__(self) -> None:
        """Begin with an empty pane."""
        super().__init__()
        self.pane = ShellPane(Ghostty(answer=self.send), id="pane")
        """The live shell."""

    @abstractmethod
    def send(self, data: bytes) -> None:
        """Give the shell what was typed.

        Args:
            data: As a terminal sends it.
        """

    @abstractmethod
    def show_standing(self) -> None:
        """Say how the session stands, and where keys go."""

    @property
    def areas(self) -> tuple[Area, ...]:
        """Keys that move through the past are the pane's."""
        return (Area.SCROLLBACK, *super().areas) if self.pane.looking.by_keys else (*super().areas, Area.SCROLLBACK)

    def take_keys(self) -> None:
        """The pane has keys of its own: those that look back, and those of the screen that no shell gets."""
        keys = self.book.keys
        self.book.take_keys(self, self.AREA)
        self.book.take_keys(self.pane, Area.SCROLLBACK)
        self.pane.own_keys = {key: name for name in KEPT_FROM_SHELL for key in keys.of(name).split(",")}
        self.refresh_bindings()

    def on_screen_suspend(self) -> None:
        """A dialog, or another screen."""
        self.pane.cover()

    def on_screen_resume(self) -> None:
        """Back again."""
        super().on_screen_resume()
        self.pane.uncover()

    @on(TerminalPane.Left)
    def leave(self) -> None:
        """Keys are the screen's now."""
        self.set_focus(None if self.has_class("-zoomed") else self.query_one("#steps"))

    def action_leave_pane(self) -> None:
        """Back into the shell: inside the pane the key is the pane's own."""
        self.pane.focus()

    def action_look_back(self) -> None:
        """Keys move through what was shown."""
        self.pane.focus()
        self.pane.look_back()

    def action_search_back(self) -> None:
        """Ask for what to look for."""
        question = self.book.keys.told(SEARCH_QUESTION)
        self.app.push_screen(AskText("Search what was shown", question), self._search)

    def _search(self, wanted: str | None) -> None:
        if wanted:
            self.pane.focus()
            if not self.pane.search(wanted):
                self.say(f"{wanted!r} is nowhere in what was shown.", severity="warning")

    def action_send_key(self) -> None:
        """The program gets the key that leaves the pane."""
        self.send(b"\x1d")
        self.pane.focus()

    @on(TerminalPane.Asked)
    async def do_asked(self, event: TerminalPane.Asked) -> None:
        """A key of the screen's was pressed in the pane."""
        await self.run_action(event.action.replace("-", "_"))

    @on(TerminalPane.Looked)
    def show_looking(self) -> None:
        """The frame says where one is."""
        self.pane.border_subtitle = content([piece(self.pane.looking.words)]) if self.pane.looking.words else ""
        self.show_standing()

    @on(TerminalPane.Copied)
    def copy(self, event: TerminalPane.Copied) -> None:
        """To the clipboard of whoever sits at the terminal."""
        self.app.copy_to_clipboard(event.text)
        self.say(f"✓ copied {len(event.text):,} characters", timeout=SHORT_S)

    def action_zoom(self) -> None:
        """The pane alone, or beside the trace again; keys are the shell's then."""
        self.toggle_class("-zoomed")
        self.pane.focus()
        if self.has_class("-zoomed"):
            out, back, every = (self.book.keys.first(name) for name in (LEAVE_ACTION, "zoom", "help"))
            self.say(f"{out} leaves the shell: then {back} brings the trace back, {every} shows every key")

    def action_wider(self) -> None:
        """More for the shell."""
        self._split(STEP_PERCENT)

    def action_narrower(self) -> None:
        """More for the trace."""
        self._split(-STEP_PERCENT)

    def _split(self, by: int) -> None:
        whole = max(self.size.width, 1)
        share = round(100 * self.query_one("#side").outer_size.width / whole / STEP_PERCENT) * STEP_PERCENT - by
        self.query_one("#side").styles.width = f"{min(max(share, LEAST_PERCENT), MOST_PERCENT)}%"
