"""From the engine's cells to lines of spans, each row read once when it has changed."""

from collections.abc import Iterator
from itertools import groupby
from typing import Any, NamedTuple

from pyghostty import Terminal
from pyghostty._ffi import check, ffi, lib
from pyghostty.core import init_sized

from app.emulator import Colour, Cursor, CursorShape, Line, Pen, Span, Underline, drawable, safe_link
from app.ghostty.handles import made, native

WIDE, SPACERS = 1, (2, 3)
SHAPES = {
    (lib.GHOSTTY_RENDER_STATE_CURSOR_VISUAL_STYLE_BLOCK, True): CursorShape.BLINKING_BLOCK,
    (lib.GHOSTTY_RENDER_STATE_CURSOR_VISUAL_STYLE_BLOCK, False): CursorShape.BLOCK,
    (lib.GHOSTTY_RENDER_STATE_CURSOR_VISUAL_STYLE_UNDERLINE, True): CursorShape.BLINKING_UNDERLINE,
    (lib.GHOSTTY_RENDER_STATE_CURSOR_VISUAL_STYLE_UNDERLINE, False): CursorShape.UNDERLINE,
    (lib.GHOSTTY_RENDER_STATE_CURSOR_VISUAL_STYLE_BAR, True): CursorShape.BLINKING_BAR,
    (lib.GHOSTTY_RENDER_STATE_CURSOR_VISUAL_STYLE_BAR, False): CursorShape.BAR,
}
"""By the engine's style and whether it blinks; any other is the user's own."""


class _Decoded(NamedTuple):
    """What a raw cell says by itself."""

    text: str
    """Empty for a cluster."""
    width: int
    """0 for the second half of a wide character."""
    tag: int
    """Equal for equal pens."""
    linked: bool
    """Whether it leads somewhere."""


class _Cells(NamedTuple):
    """The buffers that one row is read through, made once."""

    iterator: Any
    cells: Any
    view: Any
    style: Any
    row: Any
    length: Any
    graphemes: Any
    cursor: Any
    colours: Any


class Shown:
    """What a terminal shows, as of the last `refresh`."""

    def __init__(self, terminal: Terminal) -> None:
        """Look at a terminal.

        Args:
            terminal: With its colours as they are by default.
        """
        self._buffers = _buffers()
        self._decoded: dict[int, _Decoded] = {}
        self._palette = _default_palette(native(terminal))
        self.cursor = Cursor(0, 0, visible=True)
        """Where it stands, or stood when it was seen last."""
        self.look_at(terminal)

    def look_at(self, terminal: Terminal) -> None:
        """Look at another terminal from now on."""
        self._terminal = terminal
        self.blank(terminal.size[1])
        self.forget()

    def blank(self, rows: int) -> None:
        """There are so many rows now, none of which was read."""
        self.lines: list[Line] = [()] * rows

    def forget(self) -> None:
        """Read every row anew."""
        self._state = made("GhosttyRenderState", lib.ghostty_render_state_new, lib.ghostty_render_state_free)

    def refresh(self) -> frozenset[int]:
        """Bring lines and cursor up to date; returns the rows that changed."""
        state, buffers = self._state[0], self._buffers
        check(lib.ghostty_render_state_update(state, native(self._terminal)), "render state")
        lib.ghostty_render_state_get(state, lib.GHOSTTY_RENDER_STATE_DATA_COLORS, buffers.colours)
        lib.ghostty_render_state_get(state, lib.GHOSTTY_RENDER_STATE_DATA_ROW_ITERATOR, buffers.iterator)
        changed = set()
        while lib.ghostty_render_state_row_iterator_next_dirty(buffers.iterator[0], buffers.row):
            row = buffers.row[0]
            if row < len(self.lines):
                self.lines[row] = self._read_row()
                changed.add(row)
        lib.ghostty_render_state_get(state, lib.GHOSTTY_RENDER_STATE_DATA_CURSOR, buffers.cursor)
        lib.ghostty_render_state_clean(state)
        before, now = self.cursor, buffers.cursor
        visible = bool(now.visible and now.viewport_has_value)
        shape = SHAPES.get((now.visual_style, now.blinking), CursorShape.OWN)
        column, row = (now.viewport_x, now.viewport_y) if visible else (before.column, before.row)
        self.cursor = Cursor(column, row, visible, shape)
        if self.cursor != before:
            changed |= {before.row, self.cursor.row}
        return frozenset(changed)

    def _read_row(self) -> Line:
        """The row under the iterator as spans."""
        buffers = self._buffers
        rows = buffers.iterator[0]
        check(lib.ghostty_render_state_row_get(rows, lib.GHOSTTY_RENDER_STATE_ROW_DATA_CELLS_RAW, buffers.view), "row")
        check(lib.ghostty_render_state_row_get(rows, lib.GHOSTTY_RENDER_STATE_ROW_DATA_CELLS, buffers.cells), "cells")
        return tuple(
            Span("".join(text for text, _ in cells), pen)
            for pen, cells in groupby(self._read_cells(buffers.view), key=lambda cell: cell[1])
        )

    def _read_cells(self, view: Any) -> Iterator[tuple[str, Pen]]:
        pens: dict[int, Pen] = {}
        for column, raw in enumerate(ffi.unpack(view.ptr, view.len)):
            text, width, tag, linked = self._decode(raw)
            if width == 0:
                continue
            if tag not in pens:
                pens[tag] = self._read_pen(column) if tag else Pen()
            pen = pens[tag]._replace(link=self._read_link(column)) if linked else pens[tag]
            yield (text or self._read_cluster(column, width, raw)), pen

    def _read_link(self, column: int) -> str | None:
        """Where a cell of the row under the iterator leads to; None for what no terminal should be told."""
        length = ffi.new("size_t*")
        ref = self._terminal.ref(column, self._buffers.row[0], "viewport")
        lib.ghostty_grid_ref_hyperlink_uri(ref, ffi.NULL, 0, length)
        buffer = ffi.new("uint8_t[]", max(length[0], 1))
        if lib.ghostty_grid_ref_hyperlink_uri(ref, buffer, len(buffer), length):
            return None
        return safe_link(bytes(ffi.buffer(buffer, length[0])))

    def _decode(self, raw: int) -> _Decoded:
        """What a raw cell says by itself."""
        found = self._decoded.get(raw)
        if found is None:
            found = self._decoded[raw] = _decoded(raw)
        return found

    def _read_cluster(self, column: int, width: int, raw: int) -> str:
        """A cell of several code points, drawn without those that join or steer."""
        cells, buffers = self._buffers.cells[0], self._buffers
        lib.ghostty_render_state_row_cells_select(cells, column)
        lib.ghostty_render_state_row_cells_get(
            cells, lib.GHOSTTY_RENDER_STATE_ROW_CELLS_DATA_GRAPHEMES_LEN, buffers.length
        )
        if buffers.length[0] > len(buffers.graphemes):
            # More than anybody can see: what it all stands on.
            first = _cell_value(raw, lib.GHOSTTY_CELL_DATA_CODEPOINT, ffi.new("uint64_t*"))
            return drawable(chr(first), width)
        lib.ghostty_render_state_row_cells_get(
            cells, lib.GHOSTTY_RENDER_STATE_ROW_CELLS_DATA_GRAPHEMES_BUF, buffers.graphemes
        )
        return drawable("".join(map(chr, ffi.unpack(buffers.graphemes, buffers.length[0]))), width)

    def _read_pen(self, column: int) -> Pen:
        cells, style = self._buffers.cells[0], self._buffers.style
        lib.ghostty_render_state_row_cells_select(cells, column)
        lib.ghostty_render_state_row_cells_get(cells, lib.GHOSTTY_RENDER_STATE_ROW_CELLS_DATA_STYLE, style)
        background = self._colour(style.bg_color) or self._cell_background(cells)
        return Pen(
            foreground_index=self._index(style.fg_color),
            background_index=self._index(style.bg_color),
            foreground=self._colour(style.fg_color),
            background=background,
            bold=style.bold,
            faint=style.faint,
            italic=style.italic,
            underline=Underline(style.underline),
            inverse=style.inverse,
            strike=style.strikethrough,
            underline_colour=self._colour(style.underline_color) if style.underline else None,
            underline_index=self._index(style.underline_color) if style.underline else None,
        )

    def _cell_background(self, cells: Any) -> Colour | None:
        """The colour of a cell that was erased rather than written; it has no style of its own."""
        rgb = ffi.new("GhosttyColorRgb*")
        missing = lib.ghostty_render_state_row_cells_get(cells, lib.GHOSTTY_RENDER_STATE_ROW_CELLS_DATA_BG_COLOR, rgb)
        return None if missing else (rgb.r, rgb.g, rgb.b)

    def _colour(self, colour: Any) -> Colour | None:
        if colour.tag == lib.GHOSTTY_STYLE_COLOR_NONE:
            return None
        indexed = colour.tag == lib.GHOSTTY_STYLE_COLOR_PALETTE
        rgb = self._buffers.colours.palette[colour.value.palette] if indexed else colour.value.rgb
        return (rgb.r, rgb.g, rgb.b)

    def _index(self, colour: Any) -> int | None:
        """Which colour of the palette was named, unless a program has changed that one."""
        if colour.tag != lib.GHOSTTY_STYLE_COLOR_PALETTE:
            return None
        index, palette = int(colour.value.palette), self._buffers.colours.palette
        rgb = (palette[index].r, palette[index].g, palette[index].b)
        return index if rgb == self._palette[index] else None


def _default_palette(terminal: Any) -> tuple[Colour, ...]:
    palette = ffi.new("GhosttyColorRgb[256]")
    check(lib.ghostty_terminal_get(terminal, lib.GHOSTTY_TERMINAL_DATA_COLOR_PALETTE_DEFAULT, palette), "palette")
    return tuple((colour.r, colour.g, colour.b) for colour in palette)


def _decoded(raw: int) -> _Decoded:
    value = ffi.new("uint64_t*")
    wide, content, codepoint, style, linked = (
        _cell_value(raw, key, value)
        for key in (
            lib.GHOSTTY_CELL_DATA_WIDE,
            lib.GHOSTTY_CELL_DATA_CONTENT_TAG,
            lib.GHOSTTY_CELL_DATA_CODEPOINT,
            lib.GHOSTTY_CELL_DATA_STYLE_ID,
            lib.GHOSTTY_CELL_DATA_HAS_HYPERLINK,
        )
    )
    if wide in SPACERS:
        return _Decoded("", 0, 0, linked=False)
    width = 2 if wide == WIDE else 1
    if content == lib.GHOSTTY_CELL_CONTENT_CODEPOINT_GRAPHEME:
        return _Decoded("", width, style, bool(linked))
    if content != lib.GHOSTTY_CELL_CONTENT_CODEPOINT:
        return _Decoded(" ", width, -raw, linked=False)
    return _Decoded(drawable(chr(codepoint), width) if codepoint else " " * width, width, style, bool(linked))


def _cell_value(raw: int, key: int, value: Any) -> int:
    value[0] = 0
    lib.ghostty_cell_get(raw, key, value)
    return int(value[0])


def _buffers() -> _Cells:
    return _Cells(
        iterator=made(
            "GhosttyRenderStateRowIterator",
            lib.ghostty_render_state_row_iterator_new,
            lib.ghostty_render_state_row_iterator_free,
        ),
        cells=made(
            "GhosttyRenderStateRowCells",
            lib.ghostty_render_state_row_cells_new,
            lib.ghostty_render_state_row_cells_free,
        ),
        view=ffi.new("GhosttyCellsView*"),
        style=init_sized("GhosttyStyle"),
        row=ffi.new("uint16_t*"),
        length=ffi.new("uint32_t*"),
        graphemes=ffi.new("uint32_t[64]"),
        cursor=init_sized("GhosttyRenderStateCursor"),
        colours=init_sized("GhosttyRenderStateColors"),
    )
