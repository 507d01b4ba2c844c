"""A live terminal inside the screen: draws an emulator's cells, turns keys into what programs expect."""

from collections.abc import Iterable, Mapping, Sequence
from time import monotonic

from rich.cells import cell_len
from rich.color import Color
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.filter import ANSIToTruecolor, LineFilter
from textual.geometry import Region, Size
from textual.message import Message
from textual.strip import Strip
from textual.timer import Timer

from app.emulator import Cursor, Emulator, Line
from app.keystrokes import after_escape, keystroke
from app.painting import pen_style
from app.punctual import Punctual
from app.widgets.pane_mouse import PaneMouse
from app.widgets.straight import Straight

LEAVE, LEAVE_ACTION = "ctrl+right_square_bracket", "leave-pane"
"""The key that is never the program's, where no other is said."""
LONGEST_UNDRAWN_S = 0.05
"""In a flood the pane is drawn so often."""
LAG_LOOK_S = 0.03
"""So often it is looked whether a slow line has caught up."""
OWN = Style(color=Color.default(), bgcolor=Color.default())
"""The colours that the user's terminal has for text and paper."""
SCROLL_KEYS = {"shift+pageup": -1, "shift+pagedown": 1}


class TerminalPane(Punctual, PaneMouse, can_focus=True):
    """Cells of an emulator; it knows no session, only what was typed."""

    DEFAULT_CSS = """
    TerminalPane { height: 1fr; width: 1fr; }
    """

    class Typed(Message):
        """The person typed, pasted or turned the wheel: bytes for the program."""

        def __init__(self, data: bytes) -> None:
            """Carry the bytes.

            Args:
                data: Encoded for the modes that the program has set.
            """
            super().__init__()
            self.data = data
            """Encoded for the modes that the program has set."""

    class Sized(Message):
        """The pane has another size in cells."""

        def __init__(self, size: Size) -> None:
            """Carry the size.

            Args:
                size: Columns and rows.
            """
            super().__init__()
            self.size = size
            """Columns and rows."""

    class Left(Message):
        """The person pressed the key that leaves the pane."""

    class Asked(Message):
        """The person pressed a key that is the screen's, though the pane has the keys."""

        def __init__(self, action: str) -> None:
            """Carry the action.

            Args:
                action: By its id.
            """
            super().__init__()
            self.action = action
            """By its id."""

    class Copied(Message):
        """The person copied a text."""

        def __init__(self, text: str) -> None:
            """Carry the text.

            Args:
                text: As it stood, folded lines whole.
            """
            super().__init__()
            self.text = text
            """As it stood, folded lines whole."""

    class Looked(Message):
        """The person looks back, elsewhere, or no more."""

    def __init__(self, emulator: Emulator, *, id: str | None = None) -> None:  # noqa: A002 - Textual's own name
        """Show an emulator.

        Args:
            emulator: Fed by `feed`, resized with the pane.
            id: For style sheets and queries.
        """
        super().__init__(emulator, id=id)
        self._strips: dict[int, Strip] = {}
        self._drawn = 0.0
        self._straight = Straight(self)
        self._own_colours = self._laid_out = False
        self._lines: list[Line] = []
        self._later: Timer | None = None
        self.own_keys: Mapping[str, str] = {LEAVE: LEAVE_ACTION}
        """Keys that are not the program's, and what they do by the ids of actions."""

    @property
    def text(self) -> str:
        """What it shows, without colours."""
        lines = (self._emulator.line(row) for row in range(self._emulator.rows))
        return "\n".join("".join(text for text, _ in line).rstrip() for line in lines).rstrip()

    def feed(self, data: bytes, *, more: bool = False) -> None:
        """Take what the program wrote, a frame's worth at a time.

        Args:
            data: As it came.
            more: More waits already: what nobody could read is not drawn.
        """
        self._emulator.feed(data)
        if self._straight.lags:
            self._draw_later()
        elif not more or monotonic() >= self._drawn + LONGEST_UNDRAWN_S:
            self._redraw()

    def _draw_later(self) -> None:
        """A slow line has not taken yet what it was sent: what changes meanwhile is drawn as one."""
        if self._later is None:
            self._later = self.set_timer(LAG_LOOK_S, self._draw_now)

    def _draw_now(self) -> None:
        self._later = None
        if self._straight.lags:
            self._draw_later()
        else:
            self._redraw()

    def _redraw(self) -> None:
        """Forget and draw the rows that changed, no other."""
        self._drawn = monotonic()
        moved = {self._cursor.row}
        changed = self._emulator.refresh()
        before, self._lines = self._lines, [self.looking.drawn(row) for row in range(self._emulator.rows)]
        changed |= {row for row, line in enumerate(self._lines) if row >= len(before) or before[row] != line}
        if self.looking.by_keys:
            changed |= moved | {self._cursor.row}
        for row in changed:
            self._strips.pop(row, None)
        if not changed:
            return
        regions = _regions(changed, self.size.width)
        if self._own_colours and self._laid_out and self._straight.draw(self._lines, self._terminal_cursor):
            # What Textual draws later must not be what it remembers.
            self._styles_cache.set_dirty(*(region.translate(self.content_offset) for region in regions))
        else:
            self.refresh(*regions)

    @property
    def _cursor(self) -> Cursor:
        """The program's, or that of the person who looks back."""
        return self.looking.cursor if self.looking.by_keys else self._emulator.cursor

    @property
    def _terminal_cursor(self) -> Cursor | None:
        """Where the terminal's own cursor belongs; where there is no terminal, it is drawn."""
        # A widget hears of its focus before Textual has noted it.
        return self._cursor if self._own_colours and self.screen.focused is self else None

    def on_mount(self) -> None:
        """Know whose colours to draw in."""
        self._own_colours = self._straight.app is not None

    def get_line_filters(self) -> Sequence[LineFilter]:
        """The terminal's own colours are passed through."""
        found = super().get_line_filters()
        return [one for one in found if not isinstance(one, ANSIToTruecolor)] if self._own_colours else found

    def on_resize(self) -> None:
        """Pass the size within the border on to the emulator and to whoever owns the program."""
        size = self.size
        if size.width < 1 or size.height < 1:
            return
        if (self._emulator.columns, self._emulator.rows) != tuple(size):
            self._emulator.resize(*size)
        self._strips.clear()
        self._laid_out = False
        self._redraw()
        self.refresh()
        self.call_after_refresh(self._settle)
        self.post_message(self.Sized(size))

    def _settle(self) -> None:
        """Textual has drawn all of it in its new place."""
        self._laid_out = True

    def on_focus(self) -> None:
        """The cursor is filled now, and a program that asked for it hears of it."""
        self._show_cursor()
        self._tell_focus(gained=True)

    def on_blur(self) -> None:
        """The cursor is an underline now."""
        self._show_cursor()
        self._tell_focus(gained=False)

    def _tell_focus(self, *, gained: bool) -> None:
        if data := self._emulator.focus(gained=gained):
            self.post_message(self.Typed(data))

    def notify_style_update(self) -> None:
        """Draw again in a new theme's colours."""
        super().notify_style_update()
        self._strips.clear()

    def on_key(self, event: events.Key) -> None:
        """Every key is the program's, except a few of its screen's, those that scroll, and all while one looks back."""
        action = self.own_keys.get(event.key)
        if action is None and self.looking.by_keys and not self.takes_key(event.key):
            return
        event.stop()
        event.prevent_default()
        if action == LEAVE_ACTION:
            self.post_message(self.Left())
        elif action is not None:
            self.post_message(self.Asked(action))
        elif self.looking.by_keys:
            return
        elif event.key in SCROLL_KEYS:
            self._scroll(SCROLL_KEYS[event.key] * (self._emulator.rows - 1))
        else:
            plain = after_escape(event.key, event.character)
            self._type(plain or self._emulator.key(keystroke(event.key, event.character)))

    def takes_key(self, key: str) -> bool:
        """Whether a key does nothing here that is the screen's or the app's.

        Args:
            key: As Textual names it.
        """
        if key in self.own_keys:
            return False
        found = self.screen.active_bindings.get(key) if self.looking.by_keys else None
        return found is None or found.node is not self

    def on_paste(self, event: events.Paste) -> None:
        """Pasted text goes in one piece."""
        event.stop()
        event.prevent_default()
        self._type(self._emulator.paste(event.text))

    def _copy(self) -> None:
        if text := self.looking.selected:
            self.post_message(self.Copied(text))

    def _say(self, data: bytes) -> None:
        self.post_message(self.Typed(data))

    def _scroll(self, lines: int | None) -> None:
        self._emulator.scroll(lines)
        self._redraw()

    def _type(self, data: bytes) -> None:
        if not data:
            return
        if self._emulator.scrolled_back:
            self._scroll(None)
        if self.looking.drop_selection():
            self._redraw()
        self.post_message(self.Typed(data))

    def _show_cursor(self) -> None:
        row = self._cursor.row
        self._strips.pop(row, None)
        if self._own_colours:
            self._straight.draw(self._lines, self._terminal_cursor)
        self.refresh(Region(0, row, self.size.width, 1))

    def cover(self) -> None:
        """Another screen is on top."""
        self._straight.hide_cursor()

    def uncover(self) -> None:
        """Nothing is."""
        self._show_cursor()

    def render_line(self, y: int) -> Strip:
        """Draw one row of cells."""
        if y not in self._strips:
            base = OWN if self._own_colours else self.rich_style
            segments = [
                Segment(text, base + pen_style(pen, own=self._own_colours))
                for text, pen in (self._lines[y] if y < len(self._lines) else ())
            ]
            strip = Strip(segments).adjust_cell_length(self.size.width, base)
            self._strips[y] = self._with_cursor(strip, y)
        return self._strips[y]

    def _with_cursor(self, strip: Strip, y: int) -> Strip:
        cursor = self._cursor
        if self._own_colours or not cursor.visible or cursor.row != y or cursor.column >= strip.cell_length:
            return strip
        mark = Style(reverse=True) if self.has_focus else Style(underline=True)
        under = next(iter(strip.crop(cursor.column, cursor.column + 2).text), " ")
        behind = min(cursor.column + max(cell_len(under), 1), strip.cell_length)
        cuts = strip.divide([cursor.column, behind, strip.cell_length])
        return Strip.join([_marked(part, mark) if number == 1 else part for number, part in enumerate(cuts)])


def _marked(strip: Strip, mark: Style) -> Strip:
    return Strip([Segment(segment.text, (segment.style or Style()) + mark) for segment in strip], strip.cell_length)


def _regions(rows: Iterable[int], width: int) -> list[Region]:
    return [Region(0, row, width, 1) for row in sorted(rows)]
