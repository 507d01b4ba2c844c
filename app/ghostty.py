"""libghostty-vt as the terminal emulator: the fastest that was measured; young, so nothing else names it."""

import re
import weakref
from collections.abc import Callable, Iterator
from importlib.metadata import version
from itertools import groupby
from typing import Any, NamedTuple

from pyghostty import Terminal
from pyghostty._ffi import GhosttyError, check, ffi, lib, union_fn
from pyghostty.core import init_sized

from app.emulator import Colour, Cursor, Line, MouseAct, MouseStroke, Pen, Span, drawable, safe_link
from app.keystrokes import Keystroke

SCROLLBACK_LINES = 1_000_000
"""Never the limit that counts: a true line limit makes the emulator slow."""
SCROLLBACK_BYTES = 16 * 1024 * 1024
"""About 15,000 rows of 80 columns."""
UNFINISHED_BYTES = 1024 * 1024
"""Longest sequence in progress that a snapshot can hold."""
ENGINE = f"pyghostty {version('pyghostty')}"
"""Whose snapshots these are; another one's are not read."""
MAY_COMBINE = re.compile("[^\0-\u02ff\u2190-\u2bff\u3040-\u3098\u309b-\u9fff\uac00-\ud7a3]")
"""All but letters, symbols and frames that surely stand alone: what joins a cell that was drawn before."""
CUT_CHARACTER = range(0x80, 0xC0)
"""First bytes that belong to a character that began in what was fed before."""
FOCUS_MODE = 1004
"""By which a program asks to hear of the focus."""
WIDE, SPACERS = 1, (2, 3)
MOUSE_ACTS = {
    MouseAct.PRESS: lib.GHOSTTY_MOUSE_ACTION_PRESS,
    MouseAct.RELEASE: lib.GHOSTTY_MOUSE_ACTION_RELEASE,
    MouseAct.MOVE: lib.GHOSTTY_MOUSE_ACTION_MOTION,
}

ffi.cdef("""
typedef struct { uint64_t amount; uint64_t unused; } ReplaybookScrollValue;
typedef struct { GhosttyTerminalScrollViewportTag tag; ReplaybookScrollValue value; } ReplaybookScroll;
""")


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


class Ghostty:
    """An `Emulator`; every C value that it holds is freed with it."""

    def __init__(
        self,
        columns: int = 80,
        rows: int = 24,
        *,
        answer: Callable[[bytes], None] | None = None,
        scrollback: int = SCROLLBACK_BYTES,
    ) -> None:
        """Begin with an empty screen.

        Args:
            columns: Width in cells.
            rows: Height in cells.
            answer: Takes the answers to a program's queries. None for anything recorded: its queries stay unanswered.
            scrollback: Bytes of what has left the screen that are kept.
        """
        self.columns, self.rows = columns, rows
        self._scrollback, self._joined = scrollback, False
        self._terminal = Terminal(columns, rows, scrollback=SCROLLBACK_LINES)
        self._limit()
        if answer is not None:
            self._terminal.on_reply(answer)
        self._state = _made("GhosttyRenderState", lib.ghostty_render_state_new, lib.ghostty_render_state_free)
        self._buffers = _buffers()
        self._lines: list[Line] = [()] * rows
        self._cursor = Cursor(0, 0, visible=True)
        self._decoded: dict[int, _Decoded] = {}
        self._palette = _default_palette(self._raw)
        self._encoder = _made("GhosttyKeyEncoder", lib.ghostty_key_encoder_new, lib.ghostty_key_encoder_free)
        self._mouse = _made("GhosttyMouseEncoder", lib.ghostty_mouse_encoder_new, lib.ghostty_mouse_encoder_free)

    @property
    def _raw(self) -> Any:
        return self._terminal._t[0]  # noqa: SLF001 - the binding offers no other way to its C functions

    def feed(self, data: bytes) -> None:
        """Take what a program wrote."""
        self._terminal.feed(data)
        if not data.isascii() and not self._joined:
            # The engine doesn't say that a row changed when a mark joined a cell of it: such rows are all read anew.
            self._joined = data[0] in CUT_CHARACTER or bool(MAY_COMBINE.search(data.decode("utf-8", "ignore")))

    def refresh(self) -> frozenset[int]:
        """Bring lines and cursor up to date; returns the rows that changed."""
        if self._joined:
            self._joined = False
            self._state = _made("GhosttyRenderState", lib.ghostty_render_state_new, lib.ghostty_render_state_free)
        state, buffers = self._state[0], self._buffers
        check(lib.ghostty_render_state_update(state, self._raw), "render state")
        lib.ghostty_render_state_get(state, lib.GHOSTTY_RENDER_STATE_DATA_COLORS, buffers.colours)
        lib.ghostty_render_state_get(state, lib.GHOSTTY_RENDER_STATE_DATA_ROW_ITERATOR, buffers.iterator)
        changed = set()
        while lib.ghostty_render_state_row_iterator_next_dirty(buffers.iterator[0], buffers.row):
            row = buffers.row[0]
            if row < len(self._lines):
                self._lines[row] = self._read_row()
                changed.add(row)
        lib.ghostty_render_state_get(state, lib.GHOSTTY_RENDER_STATE_DATA_CURSOR, buffers.cursor)
        lib.ghostty_render_state_clean(state)
        before, now = self._cursor, buffers.cursor
        visible = bool(now.visible and now.viewport_has_value)
        self._cursor = Cursor(now.viewport_x, now.viewport_y, visible) if visible else before._replace(visible=False)
        if self._cursor != before:
            changed |= {before.row, self._cursor.row}
        return frozenset(changed)

    def line(self, row: int) -> Line:
        """One row of the part that is shown, as of the last `refresh`."""
        return self._lines[row] if row < len(self._lines) else ()

    @property
    def cursor(self) -> Cursor:
        """As of the last `refresh`."""
        return self._cursor

    @property
    def alternate_screen(self) -> bool:
        """Whether a full-screen program is on."""
        return bool(self._terminal.get("active_screen", "int"))

    @property
    def wants_mouse(self) -> bool:
        """Whether the program asked for mouse events."""
        return bool(self._terminal.get("mouse_tracking", "bool"))

    @property
    def scrolled_back(self) -> bool:
        """Whether something older than the live end is shown."""
        return not self._terminal.get("viewport_active", "bool")

    def resize(self, columns: int, rows: int) -> None:
        """Take another size; text is wrapped anew."""
        self.columns, self.rows = columns, rows
        self._terminal.resize(columns, rows)
        self._lines = [()] * rows

    def scroll(self, lines: int | None) -> None:
        """Show what is that many lines further down; None: back to the live end."""
        move = ffi.new("ReplaybookScroll*")
        if lines is None:
            move.tag = lib.GHOSTTY_SCROLL_VIEWPORT_BOTTOM
        else:
            move.tag, move.value.amount = lib.GHOSTTY_SCROLL_VIEWPORT_DELTA, lines % 2**64
        union_fn("ghostty_terminal_scroll_viewport", "void(*)(GhosttyTerminal, ReplaybookScroll)")(self._raw, move[0])

    def key(self, stroke: Keystroke) -> bytes:
        """What the program expects for that key."""
        held = _made("GhosttyKeyEvent", lib.ghostty_key_event_new, lib.ghostty_key_event_free)
        event = held[0]
        lib.ghostty_key_event_set_action(event, lib.GHOSTTY_KEY_ACTION_PRESS)
        lib.ghostty_key_event_set_key(event, getattr(lib, f"GHOSTTY_KEY_{stroke.name}"))
        lib.ghostty_key_event_set_mods(event, stroke.modifiers)
        text = ffi.from_buffer(stroke.text.encode())
        lib.ghostty_key_event_set_utf8(event, text, len(text))
        lib.ghostty_key_event_set_unshifted_codepoint(event, stroke.codepoint)
        lib.ghostty_key_encoder_setopt_from_terminal(self._encoder[0], self._raw)
        encode = lib.ghostty_key_encoder_encode
        return _written(lambda *out: encode(self._encoder[0], event, *out)) or stroke.fallback

    def paste(self, text: str) -> bytes:
        """What the program expects for pasted text; its line ends become those of the enter key."""
        plain = text.replace("\r\n", "\r").replace("\n", "\r").replace("\x1b", "")
        if self._terminal.mode(2004):
            return b"\x1b[200~" + plain.encode() + b"\x1b[201~"
        return plain.encode()

    def mouse(self, stroke: MouseStroke) -> bytes:
        """What the program expects for it; empty when it wants to hear nothing of that kind."""
        encoder = self._mouse[0]
        lib.ghostty_mouse_encoder_setopt_from_terminal(encoder, self._raw)
        size = init_sized("GhosttyMouseEncoderSize")
        size.screen_width, size.screen_height, size.cell_width, size.cell_height = self.columns, self.rows, 1, 1
        lib.ghostty_mouse_encoder_setopt(encoder, lib.GHOSTTY_MOUSE_ENCODER_OPT_SIZE, size)
        pressed = ffi.new("bool*", bool(stroke.button) and stroke.act is not MouseAct.RELEASE)
        lib.ghostty_mouse_encoder_setopt(encoder, lib.GHOSTTY_MOUSE_ENCODER_OPT_ANY_BUTTON_PRESSED, pressed)
        held = _made("GhosttyMouseEvent", lib.ghostty_mouse_event_new, lib.ghostty_mouse_event_free)
        event = held[0]
        lib.ghostty_mouse_event_set_action(event, MOUSE_ACTS[stroke.act])
        if stroke.button:
            lib.ghostty_mouse_event_set_button(event, stroke.button)
        lib.ghostty_mouse_event_set_mods(event, stroke.modifiers)
        position = ffi.new("GhosttyMousePosition*", {"x": stroke.column + 0.5, "y": stroke.row + 0.5})
        lib.ghostty_mouse_event_set_position(event, position[0])
        return _written(lambda *out: lib.ghostty_mouse_encoder_encode(encoder, event, *out))

    def focus(self, *, gained: bool) -> bytes:
        """What the program expects to hear of the focus."""
        if not self._terminal.mode(FOCUS_MODE):
            return b""
        event = lib.GHOSTTY_FOCUS_GAINED if gained else lib.GHOSTTY_FOCUS_LOST
        return _written(lambda *out: lib.ghostty_focus_encode(event, *out))

    @property
    def above(self) -> int:
        """How many rows that are kept stand above the part that is shown."""
        return int(self._scrollbar.offset)

    @property
    def kept(self) -> int:
        """How many rows are kept, those that are shown included."""
        return int(self._scrollbar.total)

    @property
    def _scrollbar(self) -> Any:
        bar = ffi.new("GhosttyTerminalScrollbar*")
        check(lib.ghostty_terminal_get(self._raw, lib.GHOSTTY_TERMINAL_DATA_SCROLLBAR, bar), "scrollbar")
        return bar

    def history(self) -> list[str]:
        """The text of every row that is kept, oldest first."""
        return self._text((0, 0), (max(self.kept - 1, 0), self.columns - 1), unwrap=False).split("\n")

    def text_between(self, first: tuple[int, int], last: tuple[int, int]) -> str:
        """What stands between two cells, both included; folded lines are whole."""
        return self._text(first, last, unwrap=True)

    def _text(self, first: tuple[int, int], last: tuple[int, int], *, unwrap: bool) -> str:
        selection = init_sized("GhosttySelection")
        try:
            selection.start = self._terminal.ref(first[1], first[0], "screen")[0]
            selection.end = self._terminal.ref(last[1], last[0], "screen")[0]
        except GhosttyError:
            # The rows are gone by now.
            return ""
        return str(self._terminal._format_sel(selection, unwrap=unwrap))  # noqa: SLF001 - the binding's own way to it

    def snapshot(self) -> bytes | None:
        """The whole state as the engine writes it down; None when it can't, as inside a very long sequence."""
        length = ffi.new("size_t*")
        lib.ghostty_snapshot_encode_buf(self._raw, ffi.NULL, 0, length)
        buffer = ffi.new("uint8_t[]", max(length[0], 1))
        failed = lib.ghostty_snapshot_encode_buf(self._raw, buffer, len(buffer), length)
        return None if failed else bytes(ffi.buffer(buffer, length[0]))

    def restore(self, snapshot: bytes) -> None:
        """Become what a snapshot of this engine says; one that was tampered with raises ValueError."""
        try:
            terminal = _read_back(snapshot)
        except GhosttyError as error:
            raise ValueError("this is no snapshot of a terminal") from error
        self._terminal.close()
        self._terminal = terminal
        self._limit()
        self.columns, self.rows = self._terminal.size
        self._state = _made("GhosttyRenderState", lib.ghostty_render_state_new, lib.ghostty_render_state_free)
        self._lines = [()] * self.rows

    def close(self) -> None:
        """Free the native terminal now."""
        self._terminal.close()

    def _limit(self) -> None:
        """Bound what it keeps beside the screen."""
        for option, size in (
            (lib.GHOSTTY_TERMINAL_OPT_SCROLLBACK_MAX_BYTES, self._scrollback),
            (lib.GHOSTTY_TERMINAL_OPT_CONTINUATION_MAX_BYTES, UNFINISHED_BYTES),
        ):
            check(lib.ghostty_terminal_set(self._raw, option, ffi.new("size_t*", size)), "limit")
        # Pictures aren't drawn: none that a program or a recording sends or names is kept, read or removed.
        none = ffi.new("uint64_t*", 0)
        check(lib.ghostty_terminal_set(self._raw, lib.GHOSTTY_TERMINAL_OPT_KITTY_IMAGE_STORAGE_LIMIT, none), "limit")

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

    def _decode(self, raw: int) -> "_Decoded":
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
            underline=bool(style.underline),
            inverse=style.inverse,
            strike=style.strikethrough,
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


def _read_back(snapshot: bytes) -> Terminal:
    """The terminal that a snapshot was made of."""
    decoder, handle = ffi.new("GhosttySnapshotDecoder*"), ffi.new("GhosttyTerminal*")
    check(lib.ghostty_snapshot_decoder_new_buf(ffi.NULL, decoder, snapshot, len(snapshot)), "snapshot")
    try:
        retain = lib.GHOSTTY_SNAPSHOT_DECODER_OPT_RETAIN_CONTINUATION
        check(lib.ghostty_snapshot_decoder_set(decoder[0], retain, ffi.new("bool*", 1)), "snapshot")
        check(lib.ghostty_snapshot_decoder_decode(decoder[0], handle), "snapshot")
    finally:
        lib.ghostty_snapshot_decoder_free(decoder[0])
    return _terminal_of(handle)


def _terminal_of(handle: Any) -> Terminal:
    """A terminal that the library made by itself, as the binding's own; the binding offers no way to adopt one."""
    terminal = Terminal(1, 1)
    terminal.close()
    terminal._t = handle  # noqa: SLF001 - as above
    terminal._free = weakref.finalize(terminal, lib.ghostty_terminal_free, handle[0])  # noqa: SLF001 - as above
    return terminal


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


def _made(kind: str, make: Any, free: Any) -> Any:
    """A handle of the library that is freed with its Python object."""
    handle = ffi.new(f"{kind}*")
    check(make(ffi.NULL, handle), kind)
    return ffi.gc(handle, lambda held: free(held[0]))


def _buffers() -> _Cells:
    return _Cells(
        iterator=_made(
            "GhosttyRenderStateRowIterator",
            lib.ghostty_render_state_row_iterator_new,
            lib.ghostty_render_state_row_iterator_free,
        ),
        cells=_made(
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


def _written(encode: Callable[[Any, int, Any], int]) -> bytes:
    """What an encoder wrote."""
    buffer, written = ffi.new("char[128]"), ffi.new("size_t*")
    check(encode(buffer, len(buffer), written), "encode")
    return bytes(ffi.buffer(buffer, written[0]))
