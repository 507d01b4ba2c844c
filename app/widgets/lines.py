"""A scrolling text of any length, drawn line by line: output, effects, diffs and documents are all shown by it."""

from collections.abc import Iterable
from typing import ClassVar

from rich.segment import Segment
from textual.geometry import Size
from textual.scroll_view import ScrollView
from textual.strip import Strip

from app.widgets.prose import Row, Tone, wrapped


class Lines(ScrollView, can_focus=True):
    """Rows of toned text, folded to the width."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {f"lines--{tone}" for tone in Tone}
    """One a tone."""

    DEFAULT_CSS = """
    Lines {
        height: 1fr;
        overflow-x: hidden;
        scrollbar-size-vertical: 1;
        &:focus { background-tint: $foreground 3%; }
        & > .lines--plain { color: $foreground; }
        & > .lines--dim { color: $text-muted; }
        & > .lines--strong { color: $foreground; text-style: bold; }
        & > .lines--head { color: $text-primary; text-style: bold; }
        & > .lines--good { color: $text-success; }
        & > .lines--bad { color: $text-error; }
        & > .lines--warn { color: $text-warning; }
        & > .lines--mask { color: $text-accent; text-style: italic; }
        & > .lines--lit { color: $text-warning; text-style: bold underline; }
    }
    """

    def __init__(self, *, id: str | None = None, follow: bool = False) -> None:  # noqa: A002 - Textual's own name
        """Begin empty.

        Args:
            id: For style sheets and queries.
            follow: Whether new rows pull the view to the end.
        """
        super().__init__(id=id)
        self._rows: list[Row] = []
        self._folded: list[Row] = []
        self._width = 0
        self._follow = follow
        self._drawn: set[int] = set()

    @property
    def text(self) -> str:
        """What it shows, without tones."""
        return "\n".join("".join(text for text, _ in row) for row in self._rows)

    @property
    def whole_seen(self) -> bool:
        """Whether every line that it holds has been on the screen, in the width that it has now."""
        return bool(self._folded) and len(self._drawn) == len(self._folded)

    def show(self, rows: Iterable[Row]) -> None:
        """Replace the text.

        Args:
            rows: Made by `app.widgets.prose`, so printable.
        """
        self._rows = list(rows)
        self._fold()
        self.scroll_to(y=self.max_scroll_y if self._follow else 0, animate=False)

    def add(self, rows: Iterable[Row]) -> None:
        """Put rows behind the last one."""
        added = list(rows)
        self._rows += added
        self._grow(added)
        if self._follow:
            self.scroll_end(animate=False)

    def notify_style_update(self) -> None:
        """Draw again in a new theme's colours."""
        super().notify_style_update()
        self.refresh()

    def on_resize(self) -> None:
        """Fold anew for the new width."""
        if self._width != self._inner_width:
            self._fold()

    def render_line(self, y: int) -> Strip:
        """Draw one line of what is in view."""
        index = y + self.scroll_offset.y
        base = self.rich_style
        if index >= len(self._folded):
            return Strip.blank(self.size.width, base)
        self._drawn.add(index)
        styles = {tone: self.get_component_rich_style(f"lines--{tone}") for _, tone in self._folded[index]}
        segments = [Segment(text, styles[tone]) for text, tone in self._folded[index]]
        return Strip(segments).adjust_cell_length(self.size.width, base).apply_style(base)

    @property
    def _inner_width(self) -> int:
        return self.scrollable_content_region.width

    def _fold(self) -> None:
        self._width, self._folded = self._inner_width, []
        self._drawn.clear()
        self._grow(self._rows)

    def _grow(self, rows: Iterable[Row]) -> None:
        for row in rows:
            self._folded += wrapped(row, self._width)
        self.virtual_size = Size(self._width, len(self._folded))
        self.refresh()
