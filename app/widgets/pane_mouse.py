"""The mouse over a terminal pane: the program's if it asked for it, else it selects, copies and scrolls."""

from abc import abstractmethod

from textual import events
from textual.widget import Widget

from app.emulator import Emulator, MouseAct, MouseStroke, Wheel
from app.keystrokes import MODIFIERS, keystroke
from app.widgets.looking_back import LookingBack

CHAIN_WORD = 2
"""Clicks that select a word; one more selects a row."""
WHEEL_LINES = 3
BUTTONS = {1: 1, 2: 3, 3: 2}
"""Textual counts left, middle, right; an emulator left, right, middle."""


class PaneMouse(Widget):
    """What the mouse does to an emulator; shift keeps it from the program."""

    def __init__(self, emulator: Emulator, *, id: str | None = None) -> None:  # noqa: A002 - Textual's own name
        """Begin with nothing selected.

        Args:
            emulator: Whose cells are under the mouse.
            id: For style sheets and queries.
        """
        super().__init__(id=id)
        self._emulator = emulator
        self._dragging = False
        self.looking = LookingBack(emulator)
        """Where the person is in what was shown."""

    @abstractmethod
    def _say(self, data: bytes) -> None:
        """Have the program hear of it."""

    @abstractmethod
    def _copy(self) -> None:
        """Copy what is selected, if anything is."""

    @abstractmethod
    def _redraw(self) -> None:
        """Draw what has changed."""

    @abstractmethod
    def _scroll(self, lines: int | None) -> None:
        """Show what is that many lines further down; None: the live end."""

    def on_mouse_down(self, event: events.MouseDown) -> None:
        """A click is the program's if it asked for the mouse; until the release, so is the rest of the screen."""
        if self._emulator.wants_mouse and not event.shift:
            self.capture_mouse()
            self._tell_mouse(event, MouseAct.PRESS, button=BUTTONS.get(event.button, 0))
        elif event.button == 1:
            self.capture_mouse()
            self._dragging = True
            self._drag(event, begin=True)

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """So is a drag, if it asked for that."""
        if self._dragging:
            self._drag(event)
        elif self._emulator.wants_mouse:
            self._tell_mouse(event, MouseAct.MOVE, button=BUTTONS.get(event.button, 0))

    def on_mouse_up(self, event: events.MouseUp) -> None:
        """And its end; one that began before the program asked is the screen's."""
        self.release_mouse()
        if self._dragging:
            self._dragging = False
            self._copy()
        elif self._emulator.wants_mouse:
            self._tell_mouse(event, MouseAct.RELEASE, button=BUTTONS.get(event.button, 0))

    def on_click(self, event: events.Click) -> None:
        """Two clicks select a word, three a row."""
        inside = event.get_content_offset(self)
        if inside is None or event.chain < CHAIN_WORD or (self._emulator.wants_mouse and not event.shift):
            return
        if event.chain == CHAIN_WORD:
            self.looking.select_word(inside.x, inside.y)
        else:
            self.looking.select_row(inside.y)
        self._redraw()
        self._copy()

    def _drag(self, event: events.MouseEvent, *, begin: bool = False) -> None:
        inside = event.get_content_offset_capture(self)
        self.looking.drag(inside.x, inside.y, begin=begin)
        self._redraw()

    def _tell_mouse(self, event: events.MouseEvent, act: MouseAct, *, button: int) -> None:
        """Tell the program, with the position inside the pane."""
        event.stop()
        event.prevent_default()
        inside = event.get_content_offset_capture(self)
        column = min(max(inside.x, 0), self._emulator.columns - 1)
        row = min(max(inside.y, 0), self._emulator.rows - 1)
        held = {"shift": event.shift, "ctrl": event.ctrl, "alt": event.meta}
        modifiers = sum(MODIFIERS[name] for name, down in held.items() if down)
        data = self._emulator.mouse(MouseStroke(act, button, column, row, modifiers))
        if data:
            self._say(data)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """The wheel scrolls back, or is the program's."""
        self._wheel(event, Wheel.UP)

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """The wheel scrolls on, or is the program's."""
        self._wheel(event, Wheel.DOWN)

    def _wheel(self, event: events.MouseEvent, direction: Wheel) -> None:
        event.stop()
        event.prevent_default()
        if self._emulator.wants_mouse:
            self._tell_mouse(event, MouseAct.PRESS, button=direction)
        elif self._emulator.alternate_screen:
            arrow = self._emulator.key(keystroke(direction.name.lower(), None))
            self._say(arrow * WHEEL_LINES)
        else:
            self._scroll(-WHEEL_LINES if direction is Wheel.UP else WHEEL_LINES)
