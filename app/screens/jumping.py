"""Jump mode: a label on every place that takes keys or clicks; typing it goes there."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import NamedTuple, Protocol, runtime_checkable

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.app import ComposeResult
from textual.errors import NoWidget
from textual.geometry import Offset
from textual.screen import Screen
from textual.strip import Strip
from textual.widget import Widget
from textual.widgets import Tab, Tabs

from app.labels import labels, left_of
from app.screens.dialog import Dialog

DIMMED = Style(dim=True)
LABEL = "jumping--label"


class Place(NamedTuple):
    """Where one can go."""

    at: Offset
    """On the screen; its label begins there."""
    go: Callable[[], object]


@runtime_checkable
class Jumpable(Protocol):
    """A widget with places of its own: rows of a list, moments of a line."""

    def places(self) -> Sequence[tuple[Offset, Callable[[], object]]]:
        """Where each is, relative to the widget's corner, and what goes there; only those that are seen."""
        ...


def places_on(screen: Screen[object]) -> tuple[Place, ...]:
    """Every place that takes keys or clicks and is seen, from top to bottom.

    The footer has none: each key there is a label already.

    Args:
        screen: The one that is shown.
    """
    found = {place.at: place for widget in screen.walk_children(Widget) for place in _places_of(screen, widget)}
    return tuple(found[at] for at in sorted(found, key=lambda at: (at.y, at.x)))


def _places_of(screen: Screen[object], widget: Widget) -> Iterator[Place]:
    try:
        seen = screen.find_widget(widget).visible_region
    except NoWidget:
        return
    if not seen or not widget.is_on_screen:
        return
    corner = widget.region.offset
    if isinstance(widget, Jumpable):
        listed = widget.places()
        yield from (Place(corner + at, go) for at, go in listed)
        if listed:
            return
    if isinstance(widget, Tab) and isinstance(widget.parent, Widget):
        tabs = next((one for one in widget.ancestors if isinstance(one, Tabs)), None)
        if tabs is not None and not widget.disabled:
            yield Place(corner, partial(setattr, tabs, "active", widget.id))
    elif widget.focusable and not isinstance(widget, Tabs):
        yield Place(corner, partial(screen.set_focus, widget))


class _Picture(Widget):
    """The screen as it was, labels over it."""

    DEFAULT_CSS = """
    _Picture {
        width: 100%; height: 100%;
        & > .jumping--label { background: $warning; color: $background; text-style: bold; }
        &:ansi > .jumping--label, &:nocolor > .jumping--label {
            background: transparent; color: $foreground; text-style: bold reverse;
        }
    }
    """
    COMPONENT_CLASSES = {LABEL}  # noqa: RUF012 - Textual declares it so

    def __init__(self) -> None:
        super().__init__()
        self._strips: Sequence[Strip] = ()
        self._shown: Mapping[str, Offset] = {}
        self.typed = ""

    def show(self, strips: Sequence[Strip], shown: Mapping[str, Offset]) -> None:
        """Show a screen, and where its labels are."""
        self._strips, self._shown = [strip.apply_style(DIMMED) for strip in strips], shown
        self.refresh()

    def render_line(self, y: int) -> Strip:
        """A line of the picture, with the labels on it."""
        strip = self._strips[y] if y < len(self._strips) else Strip.blank(self.size.width)
        style = self.get_component_rich_style(LABEL)
        for label, at in self._shown.items():
            if at.y == y and label.startswith(self.typed):
                text = label[len(self.typed) :]
                end = at.x + len(text)
                pieces = (strip.crop(0, at.x), Strip([Segment(text, style)]), strip.crop(end, strip.cell_length))
                strip = Strip.join(pieces)
        return strip


class JumpScreen(Dialog[Place | None]):
    """Shows the labels; gives back the place that was typed, or None."""

    DEFAULT_CSS = "JumpScreen { background: transparent; }"

    def __init__(self, under: Screen[object], letters: str) -> None:
        """Label the places of a screen.

        Args:
            under: The one that is shown.
            letters: What labels are made of.
        """
        super().__init__()
        self._under, self._letters = under, letters
        self.places: dict[str, Place] = {}
        """By label."""
        self._picture = _Picture()

    def compose(self) -> ComposeResult:
        """The picture."""
        yield self._picture

    def on_key(self, event: events.Key) -> None:
        """A letter of a label; anything else leaves."""
        event.stop()
        typed = self._picture.typed + (event.character or "?")
        left = left_of(tuple(self.places), typed)
        if typed in left:
            self.dismiss(self.places[typed])
        elif left:
            self._picture.typed = typed
            self._picture.refresh()
        else:
            self.dismiss(None)

    def on_click(self) -> None:
        """A click leaves."""
        self.dismiss(None)

    def on_mount(self) -> None:
        """Label, and again whenever what is labelled lies or looks otherwise."""
        self._label()
        self._under.screen_layout_refresh_signal.subscribe(self, lambda _: self._label())
        self.app.theme_changed_signal.subscribe(self, lambda _: self.call_after_refresh(self._label))

    def _label(self) -> None:
        found = places_on(self._under)
        self.places = dict(zip(labels(len(found), self._letters), found, strict=False))
        strips = self._under._compositor.render_strips()  # noqa: SLF001 - Textual offers no other view of what is shown
        self._picture.show(strips, {label: place.at for label, place in self.places.items()})
