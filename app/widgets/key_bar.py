"""The last line of every screen: its keys as one text; a widget a key would cost a layout of the screen each time."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, ClassVar, NamedTuple

from rich.cells import cell_len
from rich.text import Text
from textual import events
from textual.binding import Binding
from textual.screen import Screen
from textual.widget import Widget

KEPT = 2
"""So many at the end are shown however narrow it is: the way back, and help."""


class Key(NamedTuple):
    """One entry."""

    key: str
    """As Textual names it."""
    shown: str
    """As people write it."""
    words: str
    """What it does."""
    works: bool
    """False: not now."""
    tooltip: str
    """In a sentence."""

    @property
    def width(self) -> int:
        """Cells, the gap behind it included."""
        return cell_len(self.shown) + cell_len(self.words) + 2


class KeyBar(Widget):
    """Shows what the keys do where one is; a click presses one."""

    ALLOW_SELECT = False
    COMPONENT_CLASSES: ClassVar[set[str]] = {"key-bar--key", "key-bar--words", "key-bar--idle"}
    """A key, what it does, and both while it does nothing."""
    DEFAULT_CSS = """
    KeyBar {
        dock: bottom;
        height: 1;
        color: $footer-foreground;
        & > .key-bar--key { color: $footer-key-foreground; text-style: bold; }
        & > .key-bar--words { color: $footer-description-foreground; }
        & > .key-bar--idle { color: $footer-description-foreground; text-style: dim; }
    }
    """

    def __init__(self) -> None:
        """Begin empty."""
        super().__init__()
        self._keys: tuple[Key, ...] = ()

    def on_mount(self) -> None:
        """Hear of it when other keys work."""
        self.screen.bindings_updated_signal.subscribe(self, self._changed)
        self._gather()

    @property
    def text(self) -> str:
        """What it says."""
        return self.render().plain

    def _changed(self, screen: Screen[object]) -> None:
        if self.app.app_focus and screen is self.screen:
            self.call_after_refresh(self._gather)

    def _gather(self) -> None:
        if self.is_attached:
            keys = tuple(self._entries(self.screen.active_bindings.values()))
            if keys != self._keys:
                self._keys = keys
                self.refresh()

    @property
    def _taken(self) -> Callable[[str], bool]:
        """Which keys the widget that has them keeps to itself."""
        return getattr(self.screen.focused, "takes_key", lambda _: False)

    def _entries(self, active: Iterable[tuple[object, Binding, bool, str]]) -> Iterable[Key]:
        told, taken = set(), self._taken
        for _, binding, works, tooltip in active:
            if self._shows(binding) and binding.action not in told and not taken(binding.key):
                told.add(binding.action)
                shown = self.app.get_key_display(binding)
                yield Key(binding.key, shown, binding.description, works, tooltip or binding.description)

    def _shows(self, binding: Binding) -> bool:
        """Where there is no way back, the way out stands in its place."""
        return binding.show or (binding.action == "quit" and not leads_back(self.app.screen_stack))

    def render(self) -> Text:
        """One line."""
        key, words, idle = (self.get_component_rich_style(f"key-bar--{name}") for name in ("key", "words", "idle"))
        text = Text(no_wrap=True, end="")
        for entry in fitting(self._keys, self.size.width):
            text.append(entry.shown, key if entry.works else idle)
            text.append(f" {entry.words}", words if entry.works else idle)
            text.append(" ")
        return text

    def on_mouse_down(self, event: events.MouseDown) -> None:
        """Press the key that was clicked."""
        entry = self._at(event.x)
        if entry is not None and entry.works:
            self.app.simulate_key(entry.key)

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """Say it in a sentence."""
        entry = self._at(event.x)
        self.tooltip = entry.tooltip if entry else None

    def _at(self, column: int) -> Key | None:
        for entry in fitting(self._keys, self.size.width):
            if column < entry.width - 1:
                return entry
            column -= entry.width
        return None


def leads_back(screens: Iterable[Screen[Any]]) -> bool:
    """Whether a screen is below the one that is shown; dialogs count for none, they are closed by keys of their own."""
    return sum(not screen.is_modal for screen in screens) > 1


def fitting(keys: Sequence[Key], width: int) -> tuple[Key, ...]:
    """What a line has room for.

    Args:
        keys: Most important first; the last ones are the way out.
        width: In cells.

    Returns:
        As many of the first as there is room for beside the last.
    """
    first, last = keys[:-KEPT], keys[-KEPT:]
    room = width + 1 - sum(key.width for key in last)
    count = 0
    while count < len(first) and (room := room - first[count].width) >= 0:
        count += 1
    return (*first[:count], *last)
