"""A scrolling text of any length, drawn line by line: output, effects, diffs and documents are all shown by it."""

from collections.abc import Iterable, Iterator
from itertools import chain, islice

from textual.geometry import Size
from textual.strip import Strip
from textual.timer import Timer

from app.widgets.prose import Row, parted, wrapped
from app.widgets.toned import TonedView

AT_ONCE = 500
"""Rows that are taken and folded before keys are looked at again, at the most."""
TEXT_AT_ONCE = 1 << 14
"""Characters of them, about; a longer row is folded in parts of so many."""
SOON_S = 0.001
"""Between two of these."""


class Lines(TonedView, can_focus=True):
    """Rows of toned text, folded to the width; a long text is taken in bit by bit, so that no key waits for it."""

    DEFAULT_CSS = """
    Lines {
        &:focus { background-tint: $foreground 3%; }
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
        self._coming: Iterator[Row] | None = None
        self._parts: Iterator[Row] = iter(())
        self._again: Timer | None = None
        self._folded: list[Row] = []
        self._starts: list[int] = []
        self._width = 0
        self._follow = follow
        self._drawn: set[int] = set()

    @property
    def text(self) -> str:
        """What it shows, without tones."""
        while self._take():
            pass
        return "\n".join("".join(text for text, _ in row) for row in self._rows)

    @property
    def whole_seen(self) -> bool:
        """Whether every line that it holds has been on the screen, in the width that it has now."""
        return self._coming is None and bool(self._folded) and len(self._drawn) == len(self._folded)

    def show(self, rows: Iterable[Row], *, stay: bool = False) -> None:
        """Replace the text.

        Args:
            rows: Made by `app.widgets.prose`, so printable; of an iterator only as many are made at once as are needed.
            stay: Don't scroll.
        """
        self._begin(rows)
        if not stay:
            self.scroll_to(y=self.max_scroll_y if self._follow else 0, animate=False)

    def add(self, rows: Iterable[Row]) -> None:
        """Put rows behind the last one."""
        if self._coming is None:
            self._parts = self._parted()
        self._coming = chain(self._coming or (), list(rows))
        self._go_on()

    def go_to(self, row: int, *, top: bool = False, at_once: bool = False) -> None:
        """Scroll so that a row is in the middle, or on top; folded lines don't count.

        Args:
            row: Counted from 0.
            top: On top, not in the middle.
            at_once: Before the next layout, not behind it.
        """
        while row >= len(self._starts) and self._take():
            pass
        if row < len(self._starts):
            middle = 0 if top else self.scrollable_content_region.height // 2
            self.scroll_to(y=max(self._starts[row] - middle, 0), animate=False, force=True, immediate=at_once)

    def on_resize(self) -> None:
        """Fold anew for the new width."""
        if self._width != self.inner_width:
            self._begin(chain(self._rows, self._coming or ()))

    def render_line(self, y: int) -> Strip:
        """Draw one line of what is in view."""
        if self._width != self.inner_width:
            # A scroll bar came or went: the size stays, and less or more of it is for text.
            self.call_later(self.on_resize)
        index = y + self.scroll_offset.y
        base = self.rich_style
        if index >= len(self._folded):
            return Strip.blank(self.size.width, base)
        self._drawn.add(index)
        return Strip(self.segments(self._folded[index])).adjust_cell_length(self.size.width, base).apply_style(base)

    def _begin(self, rows: Iterable[Row]) -> None:
        """Take from the first row on; what was still to come of the text before is left."""
        self._coming, self._parts = iter(rows), self._parted()
        self._rows, self._folded, self._starts, self._width = [], [], [], self.inner_width
        self._drawn.clear()
        self._go_on()

    def _go_on(self) -> None:
        """Take what there is time for, and more when keys have been looked at."""
        more = self._take()
        if self._follow:
            self.scroll_end(animate=False)
        if more and self._again is None and self.is_attached:
            # A callback that is only put behind the messages of this widget would let none of the others run; and a
            # timer that ticks once does not tick at all when the process was held up as it began.
            self._again = self.set_interval(SOON_S, self._go_on)
        elif not more and self._again is not None:
            self._again.stop()
            self._again = None

    def _take(self) -> bool:
        """Fold the next rows; False when that were the last."""
        if self._coming is None:
            return False
        taken = 0
        for part in islice(self._parts, AT_ONCE):
            self._folded += wrapped(part, self._width)
            taken += sum(len(text) for text, _ in part)
            if taken >= TEXT_AT_ONCE:
                break
        self.virtual_size = Size(self._width, len(self._folded))
        self.refresh()
        return self._coming is not None

    def _parted(self) -> Iterator[Row]:
        """The rows that come, each in parts that can be folded at once."""
        while self._coming is not None:
            row = next(self._coming, None)
            if row is None:
                self._coming = None
                return
            self._starts.append(len(self._folded))
            self._rows.append(row)
            yield from parted(row, TEXT_AT_ONCE)
