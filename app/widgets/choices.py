"""A list with a cursor, of any length: what a key does with the line under it is the affair of the screen."""

from abc import abstractmethod
from bisect import bisect_right
from collections.abc import Callable, Sequence
from functools import partial
from itertools import accumulate
from typing import ClassVar

from rich.cells import cell_len
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Offset, Size
from textual.strip import Strip

from app.widgets.prose import Piece, Row, clipped
from app.widgets.toned import TonedView


class Choices(TonedView, can_focus=True):
    """Items of one line or a few; only those in view are ever made into text. Enter is left to the screen.

    A subclass says what an item looks like (`lines_of`) and what a move or a click means.
    """

    COMPONENT_CLASSES: ClassVar[set[str]] = {"choices--cursor"}
    """The item under the cursor."""
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down", "cursor(1)", "down", show=False),
        Binding("up", "cursor(-1)", "up", show=False),
        Binding("home", "first", "first", show=False),
        Binding("end", "last", "last", show=False),
        Binding("pagedown", "page(1)", "page down", show=False),
        Binding("pageup", "page(-1)", "page up", show=False),
    ]
    DEFAULT_CSS = """
    Choices {
        background: transparent;
        & > .choices--cursor { background: $cursor-blurred-background; text-style: $cursor-blurred-style; }
        &:focus > .choices--cursor { background: $cursor-background; text-style: $cursor-style; }
    }
    """

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's own name
        """Begin empty.

        Args:
            id: For style sheets and queries.
        """
        super().__init__(id=id)
        self._tops: Sequence[int] = (0,)
        self._least = 0
        self._cursor: int | None = None

    @abstractmethod
    def lines_of(self, item: int) -> Sequence[Row]:
        """What an item looks like, as many lines as were told for it."""

    def moved(self, item: int) -> None:
        """The cursor went to an item."""

    def clicked(self, item: int) -> None:
        """An item was clicked on; the cursor is there."""

    @property
    def highlighted(self) -> int | None:
        """The item under the cursor, counted from 0; None in a list without one."""
        return self._cursor

    @highlighted.setter
    def highlighted(self, item: int | None) -> None:
        self._go(item, tell=True)

    def fill(
        self,
        heights: Sequence[int],
        *,
        least: int = 0,
        cursor: int | None = None,
        tell: bool = True,
        scroll: bool = True,
    ) -> None:
        """Replace the items.

        Args:
            heights: Lines that each takes.
            least: The first item that the cursor can be on; what stands above it is a heading.
            cursor: The item to put the cursor on.
            tell: Whether that is told, even when the cursor was there before.
            scroll: Whether it is brought into sight.
        """
        self._tops, self._least, self._cursor = (0, *accumulate(heights)), least, None
        self.virtual_size = Size(self.inner_width, self._tops[-1])
        self.refresh()
        self._go(cursor, tell=tell, scroll=scroll)

    @property
    def in_sight(self) -> bool:
        """Whether the item under the cursor is seen; a wheel may have left it."""
        first = self.scroll_offset.y
        last = first + self.scrollable_content_region.height
        return self._cursor is None or first <= self._tops[self._cursor] < last

    def on_resize(self) -> None:
        """Lines are drawn anew for the new width, and the cursor stays in sight."""
        self._bring_into_sight()
        self.refresh()

    def render_line(self, y: int) -> Strip:
        """Draw one line of what is in view."""
        line, base = y + self.scroll_offset.y, self.rich_style
        if line >= self._tops[-1]:
            return Strip.blank(self.size.width, base)
        item = bisect_right(self._tops, line) - 1
        over = self.get_component_rich_style("choices--cursor") if item == self._cursor else None
        width = self.inner_width
        segments = self.segments(shortened(self.lines_of(item)[line - self._tops[item]], width))
        strip = Strip(segments).adjust_cell_length(width, base)
        if over is not None:
            laid = over.without_color + over.background_style
            strip = Strip([segment._replace(style=(segment.style or base) + laid) for segment in strip])
        return strip.adjust_cell_length(self.size.width, base).apply_style(base)

    def on_click(self, event: events.Click) -> None:
        """Put the cursor there, and tell."""
        line = event.get_content_offset_capture(self).y + self.scroll_offset.y
        item = bisect_right(self._tops, line) - 1
        if line < self._tops[-1] and item >= self._least:
            self.highlighted = item
            self.clicked(item)

    def action_cursor(self, by: int) -> None:
        """Go some items on; at an end, to the other one."""
        count = self._count - self._least
        if count > 0:
            at = self._least - (by > 0) if self._cursor is None else self._cursor
            self.highlighted = self._least + (at + by - self._least) % count

    def action_first(self) -> None:
        """Go to the first item."""
        self.highlighted = self._least

    def action_last(self) -> None:
        """Go to the last item."""
        self.highlighted = self._count - 1

    def action_page(self, by: int) -> None:
        """Go a pane on."""
        if self._cursor is not None:
            line = self._tops[self._cursor] + by * max(self.scrollable_content_region.height - 1, 1)
            self.highlighted = bisect_right(self._tops, max(line, 0)) - 1

    def places(self) -> Sequence[tuple[Offset, Callable[[], object]]]:
        """The items that are seen, for jump mode: where each begins, and what puts the cursor on it."""
        corner, first = self.content_region.offset - self.region.offset, self.scroll_offset.y
        last = first + self.scrollable_content_region.height
        return [
            (corner + Offset(0, top - first), partial(self._jump, item))
            for item, top in enumerate(self._tops[:-1])
            if item >= self._least and first <= top < last
        ]

    def _jump(self, item: int) -> None:
        self.focus()
        self.highlighted = item

    @property
    def _count(self) -> int:
        return len(self._tops) - 1

    def _go(self, item: int | None, *, tell: bool, scroll: bool = True) -> None:
        before, self._cursor = self._cursor, self._within(item)
        if self._cursor is None or before == self._cursor:
            return
        if before is not None:
            self._refresh_item(before)
        self._refresh_item(self._cursor)
        if scroll:
            self._bring_into_sight()
        if tell:
            self.moved(self._cursor)

    def _within(self, item: int | None) -> int | None:
        return None if item is None or self._count <= self._least else min(max(item, self._least), self._count - 1)

    def _refresh_item(self, item: int) -> None:
        if item < self._count:
            self.refresh_lines(self._tops[item], self._tops[item + 1] - self._tops[item])

    def _bring_into_sight(self) -> None:
        """Scroll as little as shows the item under the cursor, with the heading where it is the first."""
        if self._cursor is None:
            return
        height, at = self.scrollable_content_region.height, self.scroll_offset.y
        top = 0 if self._cursor == self._least else self._tops[self._cursor]
        bottom = self._tops[self._cursor + 1]
        wanted = min(max(at, bottom - height), top)
        if wanted != at and height:
            self.scroll_to(y=wanted, animate=False, force=True)


def shortened(pieces: Row, width: int) -> Row:
    """A row that fits, an ellipsis at its end where something is missing."""
    if sum(cell_len(text) for text, _ in pieces) <= width:
        return pieces
    kept, room = list[Piece](), width
    for text, tone in pieces:
        if cell_len(text) >= room:
            return (*kept, Piece(clipped(f"{text} ", room), tone))
        kept.append(Piece(text, tone))
        room -= cell_len(text)
    return tuple(kept)
