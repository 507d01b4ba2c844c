"""A screen that stands still: draws the cells of a recording's moment, never its bytes."""

from rich.segment import Segment
from rich.style import Style
from textual.geometry import Size
from textual.scroll_view import ScrollView
from textual.strip import Strip

from app.emulator import HIDDEN, Picture
from app.painting import pen_style

CURSOR = Style(reverse=True)


class PictureView(ScrollView, can_focus=False):
    """One picture; where it is larger than the widget, the part around its cursor."""

    DEFAULT_CSS = """
    PictureView { height: 1fr; width: 1fr; scrollbar-size: 0 0; }
    """

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's own name
        """Begin empty."""
        super().__init__(id=id)
        self.picture = Picture(0, (), HIDDEN)
        """What is drawn."""
        self._strips: dict[int, Strip] = {}

    def show(self, picture: Picture) -> None:
        """Draw another; rows that stay the same are not drawn again."""
        before, self.picture = self.picture, picture
        if (before.columns, len(before.lines)) != (picture.columns, len(picture.lines)):
            self._strips.clear()
            self.virtual_size = Size(picture.columns, len(picture.lines))
        touched = {before.cursor.row, picture.cursor.row} if before.cursor != picture.cursor else set[int]()
        for row, (old, new) in enumerate(zip(before.lines, picture.lines, strict=False)):
            if old != new or row in touched:
                self._strips.pop(row, None)
        self._follow(before)
        self.refresh()

    def notify_style_update(self) -> None:
        """Draw again in a new theme's colours."""
        super().notify_style_update()
        self._strips.clear()

    def on_resize(self) -> None:
        """Keep the cursor in sight."""
        self._follow(Picture(0, (), HIDDEN))

    def render_line(self, y: int) -> Strip:
        """Draw one row of what is in view."""
        left, top = self.scroll_offset
        row, base = y + top, self.rich_style
        if row >= len(self.picture.lines):
            return Strip.blank(self.size.width, base)
        if row not in self._strips:
            segments = [Segment(text, base + pen_style(pen)) for text, pen in self.picture.lines[row]]
            self._strips[row] = self._marked(Strip(segments).adjust_cell_length(self.picture.columns, base), row)
        return self._strips[row].crop_extend(left, left + self.size.width, base)

    def _marked(self, strip: Strip, row: int) -> Strip:
        """With the cursor, where it stands in this row."""
        column, at, visible, _ = self.picture.cursor
        if not visible or at != row or column >= strip.cell_length:
            return strip
        parts = strip.divide([column, column + 1, strip.cell_length])
        under = [Segment(segment.text, (segment.style or Style()) + CURSOR) for segment in parts[1]]
        return Strip.join([parts[0], Strip(under, 1), *parts[2:]])

    def _follow(self, before: Picture) -> None:
        """Bring the cursor into sight when it has moved; a person may have scrolled otherwise."""
        column, row, visible, _ = self.picture.cursor
        if not visible or before.cursor[:3] == (column, row, visible):
            return
        left, top = self.scroll_offset
        width, height = self.scrollable_content_region.size
        x = left if left <= column < left + width else max(0, column - width + 1)
        y = top if top <= row < top + height else max(0, row - height + 1)
        if (x, y) != (left, top):
            # A picture that has only now become larger has no scrollbars yet.
            self.scroll_to(x, y, animate=False, force=True)
