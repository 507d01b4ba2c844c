"""Draws a recorded screen again, for a terminal that comes later and may have another size."""

from collections.abc import Iterable

from pyghostty import Terminal
from pyghostty._ffi import check, ffi, lib
from pyghostty.core import init_sized

from capture.events import Frame


def redrawn(frames: Iterable[Frame], columns: int, rows: int) -> bytes:
    """The screen that a recording ends with.

    Args:
        frames: From `capture.tape.tail.last_frames`.
        columns: Width of the terminal that it is drawn on.
        rows: Its height.

    Returns:
        Bytes for that terminal, cleared and in its natural state: cells, cursor, modes. Queries that were recorded are
        no part of it.
    """
    with Terminal(80, 24, scrollback=rows) as terminal:
        for frame in frames:
            if frame.resize is not None:
                terminal.resize(*frame.resize)
            terminal.feed(frame.data)
        terminal.resize(max(columns, 1), max(rows, 1))
        return _snapshot(terminal)


def _snapshot(terminal: Terminal) -> bytes:
    columns, rows = terminal.size
    shown = init_sized("GhosttySelection")
    shown.start, shown.end = terminal.ref(0, 0)[0], terminal.ref(columns - 1, rows - 1)[0]
    options = init_sized("GhosttyFormatterTerminalOptions")
    options.emit, options.trim, options.selection = lib.GHOSTTY_FORMATTER_FORMAT_VT, True, shown
    extra, screen = options.extra, options.extra.screen
    extra.modes = extra.scrolling_region = extra.keyboard = True
    screen.cursor = screen.style = screen.kitty_keyboard = screen.charsets = True
    handle = ffi.new("GhosttyFormatter*")
    made = lib.ghostty_formatter_terminal_new(ffi.NULL, handle, terminal._t[0], options[0])  # noqa: SLF001 - as in ghostty
    check(made, "formatter")
    try:
        needed = ffi.new("size_t*")
        lib.ghostty_formatter_format_buf(handle[0], ffi.NULL, 0, needed)
        buffer = ffi.new("uint8_t[]", max(needed[0], 1))
        check(lib.ghostty_formatter_format_buf(handle[0], buffer, needed[0], needed), "format")
        return bytes(ffi.buffer(buffer, needed[0]))
    finally:
        lib.ghostty_formatter_free(handle[0])
