"""The terminal that the app runs in, told only of cells that are not as they were: all screens are drawn through it."""

import os
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

from rich.color import Color, ColorSystem, ColorType
from rich.segment import Segment
from rich.style import Style
from textual._compositor import ChopsUpdate, LayoutUpdate
from textual.app import App
from textual.driver import Driver
from textual.drivers.linux_driver import LinuxDriver
from textual.geometry import Offset, Region
from textual.screen import Screen

from app.cellwise import Hand, Paper, Spot, cells
from app.clipboard import hand_over, ways
from app.emulator import Colour, Cursor, CursorShape, Line, Pen, Underline
from app.painting import UNDERLINE
from app.punctual import Punctual

SHOW, HIDE = "\x1b[?25h", "\x1b[?25l"
BEGIN, END = "\x1b[?2026h", "\x1b[?2026l"
"""Around what a terminal that knows of it shows at once."""
SHAPING = (ColorSystem.EIGHT_BIT, ColorSystem.TRUECOLOR)
"""Terminals of fewer colours are so old that they may print what shapes a cursor."""
STYLED = (ColorSystem.TRUECOLOR,)
"""Those of fewer may take the style of an underline for attributes."""
SMALL_BYTES = 200
"""What is as short as this is shown at once anyway."""


class OwnDriver(LinuxDriver):
    """Gives the terminal back with the cursor that it had, whichever way it is left, and draws on it no more.

    Where the terminal is gone, nobody takes what is written: to wait for that would be to hang.
    """

    @property
    def _is_gone(self) -> bool:
        return self._writer_thread is not None and not self._writer_thread.is_alive()

    def write(self, data: str) -> None:
        """As Textual does, where there is a terminal."""
        if not self._is_gone:
            super().write(data)

    def close(self) -> None:
        """As Textual does; the thread of a terminal that is gone has ended already."""
        if not self._is_gone:
            super().close()

    def start_application_mode(self) -> None:
        """As Textual does."""
        if isinstance(self._app, OuterApp):
            self._app.take_terminal()
        super().start_application_mode()  # type: ignore[no-untyped-call] # of Textual's all are but this

    def stop_application_mode(self) -> None:
        """As Textual does, and the cursor's shape."""
        if isinstance(self._app, OuterApp):
            self.write(self._app.give_back())
        super().stop_application_mode()


class OuterApp(Punctual, App[None], inherit_bindings=False):
    """An app that draws what differs; Textual's own sends every row that it draws again whole, with all its colours.

    Over a slow line, as one over SSH, that is many times as much. A test and a browser get what Textual sends.
    """

    def __init__(self) -> None:
        """Nothing is known of the terminal."""
        super().__init__()
        self._paper = Paper()
        self._at: Spot = None
        self._cursor_shown = False
        self._shape = CursorShape.OWN
        self._away = False
        self._plain = is_plain(os.environ)

    def get_driver_class(self) -> type[Driver]:
        """Textual's, which leaves a terminal with the shape of cursor that it had."""
        found = super().get_driver_class()
        return OwnDriver if found is LinuxDriver else found

    def take_terminal(self) -> None:
        """It is the app's to draw on."""
        self._away = False

    def give_back(self) -> str:
        """Draw no more: a screen that is closed would still hide its cursor, when the terminal is the shell's again.

        Returns:
            What gives the cursor the shape that the user's terminal has for it; empty where it has that.
        """
        self._away = True
        before, self._shape = self._shape, CursorShape.OWN
        return _shaped(CursorShape.OWN) if before else ""

    def on_mount(self) -> None:
        """Whoever had the terminal while the app was suspended has drawn on it."""
        self.app_resume_signal.subscribe(self, lambda _: self.forget_terminal(), immediate=True)

    def on_resize(self) -> None:
        """What a terminal does to its rows when it gets another size, and its old one again, is its own affair."""
        self._paper, self._at = Paper(), None

    @property
    def draws_cells(self) -> bool:
        """Whether this is a terminal of its own."""
        return self._driver is not None and not (self.is_headless or self.is_web or self.is_inline)

    @property
    def lags(self) -> bool:
        """Whether the terminal has not yet taken what it was sent."""
        writer: Any = getattr(self._driver, "_writer_thread", None)
        return writer is not None and writer._queue.qsize() > 0  # noqa: SLF001 - Textual tells nobody how far its thread is

    def copy_to_clipboard(self, text: str) -> None:
        """To the clipboard of whoever sits at the terminal, over SSH and through multiplexers.

        Args:
            text: What to copy.
        """
        super().copy_to_clipboard("")
        self._clipboard = text
        sequence, commands = ways(text, os.environ, shutil.which)
        if self._driver is not None and not self.is_headless:
            self._driver.write(sequence)
            self.run_worker(lambda: hand_over(text, commands), thread=True, group="clipboard")

    def forget_terminal(self) -> None:
        """Somebody else has drawn on it: whatever comes next is drawn whole."""
        self._paper, self._at, self._cursor_shown = Paper(), None, False

    def show_cursor(self, cursor: Cursor | None) -> None:
        """Place the terminal's own cursor.

        Args:
            cursor: Where on the terminal, and how it looks; None: it is hidden.
        """
        if self.draws_cells:
            self._send(self._hand(), cursor)

    def draw_rows(self, region: Region, shown: Sequence[Line], wanted: Sequence[Line], cursor: Cursor | None) -> None:
        """Draw rows past Textual; what it draws there later must be the same.

        Args:
            region: Where; nothing may lie over it.
            shown: The rows that were drawn there before.
            wanted: Those that it is to show.
            cursor: Where the terminal's cursor goes, and how it looks; None: it is hidden.
        """
        hand = self._hand()
        if region.width == self.size.width:
            self._paper.move(hand, region.y, shown, wanted)
        for row, line in enumerate(wanted[: region.height]):
            self._paper.put(hand, region.x, region.y + row, cells(line, region.width))
        self._send(hand, cursor)

    def _display(self, screen: Screen[Any], renderable: Any) -> None:
        """What Textual calls to draw."""
        known = isinstance(renderable, ChopsUpdate | LayoutUpdate)
        if not (known and self.draws_cells and self._running and not self._closed) or self._batch_count:
            super()._display(screen, renderable)
            return
        hand = self._hand()
        placed = _chops(renderable) if isinstance(renderable, ChopsUpdate) else _strips(renderable)
        for column, row, segments in placed:
            line = [(text, pen_of(style)) for text, style, control in segments if not control]
            self._paper.put(hand, column, row, cells(line))
        spot = self.screen.outer_size.clamp_offset(self.cursor_position)
        self._send(hand, Cursor(*spot, visible=True, shape=self._shape) if self._cursor_shown else None)
        self.post_display_hook()

    def _hand(self) -> Hand:
        if self._paper.size != tuple(self.size):
            self._paper, self._at = Paper(*self.size), None
        return Hand(self._colours, self._at, lines=self._colours in STYLED and not self._plain)

    @property
    def _colours(self) -> ColorSystem | None:
        return self.console._color_system  # noqa: SLF001 - its name alone is public, and not as a value

    def _send(self, hand: Hand, cursor: Cursor | None) -> None:
        """Send what was drawn, the cursor where it belongs behind it."""
        if self._away:
            return
        drawn = hand.done()
        if cursor is not None:
            self.cursor_position = Offset(cursor.column, cursor.row)
            hand.go(cursor.column, cursor.row)
        text, self._at = hand.done(), hand.at
        before, behind = "", ""
        if len(drawn) > SMALL_BYTES:
            hides = self._cursor_shown and not self._sync_available
            before, behind = (BEGIN, END) if self._sync_available else (HIDE, SHOW) if hides else ("", "")
        shapes = cursor is not None and self._colours in SHAPING and not self._plain
        shape = cursor.shape if cursor is not None and shapes else CursorShape.OWN
        if self._shape != shape:
            self._shape = shape
            behind += _shaped(shape)
        if self._cursor_shown != (cursor is not None):
            self._cursor_shown = cursor is not None
            behind += SHOW if self._cursor_shown else HIDE
        if (text or behind) and self._driver is not None:
            self._driver.write(f"{before}{text}{behind}")
            self._driver.flush()


def is_plain(environment: Mapping[str, str]) -> bool:
    """Whether a terminal knows neither shapes of cursors nor styles of underlines, whatever colours it promises.

    Args:
        environment: Inside of screen, and on a console, it may promise those of the terminal around it.
    """
    term = environment.get("TERM", "")
    # Tmux, which knows both, calls itself screen too.
    return term == "linux" or (term.startswith("screen") and ("STY" in environment or "TMUX" not in environment))


def _shaped(shape: CursorShape) -> str:
    return f"\x1b[{shape} q"


def _strips(update: LayoutUpdate) -> Iterator[tuple[int, int, Iterable[Segment]]]:
    for row, strips in enumerate(update.strips, update.region.y):
        yield update.region.x, row, (segment for strip in strips for segment in strip)


def _chops(update: ChopsUpdate) -> Iterator[tuple[int, int, Iterable[Segment]]]:
    for row, start, end in update.spans:
        for edge, (column, strip) in zip(update.chop_ends[row], update.chops[row].items(), strict=False):
            if strip is not None and column <= end and edge > start:
                yield column, row, strip if edge <= end else strip.crop(0, end - column)


@lru_cache(maxsize=4096)
def pen_of(style: Style | None) -> Pen:
    """What an emulator's pen would be to draw as Rich does.

    Args:
        style: As Textual has put it together.
    """
    if style is None:
        return Pen()
    (foreground, foreground_index), (background, background_index) = map(_colour, (style.color, style.bgcolor))
    lined = style.underline or style.underline2
    underline, underline_colour, underline_index = style.meta.get(UNDERLINE, (lined, None, None))
    return Pen(
        foreground=foreground,
        background=background,
        bold=bool(style.bold),
        faint=bool(style.dim),
        italic=bool(style.italic),
        underline=Underline(underline or 0),
        inverse=bool(style.reverse),
        strike=bool(style.strike),
        foreground_index=foreground_index,
        background_index=background_index,
        link=style.link,
        underline_colour=underline_colour,
        underline_index=underline_index,
    )


def _colour(colour: Color | None) -> tuple[Colour | None, int | None]:
    """Exactly, or of the terminal's palette, or its own."""
    if colour is None or colour.type is ColorType.DEFAULT:
        return None, None
    if colour.triplet is not None:
        red, green, blue = colour.triplet
        return (red, green, blue), None
    return None, colour.number
