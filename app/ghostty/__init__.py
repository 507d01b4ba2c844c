"""libghostty-vt as the terminal emulator: the fastest that was measured; young, so nothing else names it."""

import re
from collections.abc import Callable
from typing import Any

from pyghostty import Terminal
from pyghostty._ffi import GhosttyError, check, ffi, lib, union_fn
from pyghostty.core import init_sized

from app.emulator import Cursor, Line, MouseStroke
from app.ghostty.cells import Shown
from app.ghostty.encoding import Encoders, focused, pasted
from app.ghostty.handles import native
from app.ghostty.snapshots import ENGINE, read_back, write_down
from app.keystrokes import Keystroke

__all__ = ["ENGINE", "Ghostty"]

SCROLLBACK_LINES = 1_000_000
"""Never the limit that counts: a true line limit makes the emulator slow."""
SCROLLBACK_BYTES = 16 * 1024 * 1024
"""About 15,000 rows of 80 columns."""
UNFINISHED_BYTES = 1024 * 1024
"""Longest sequence in progress that a snapshot can hold."""
MAY_COMBINE = re.compile("[^\0-\u02ff\u2190-\u2bff\u3040-\u3098\u309b-\u9fff\uac00-\ud7a3]")
"""All but letters, symbols and frames that surely stand alone: what joins a cell that was drawn before."""
CUT_CHARACTER = range(0x80, 0xC0)
"""First bytes that belong to a character that began in what was fed before."""

ffi.cdef("""
typedef struct { uint64_t amount; uint64_t unused; } ReplaybookScrollValue;
typedef struct { GhosttyTerminalScrollViewportTag tag; ReplaybookScrollValue value; } ReplaybookScroll;
""")


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
        self._shown, self._encoders = Shown(self._terminal), Encoders()

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
            self._shown.forget()
        return self._shown.refresh()

    def line(self, row: int) -> Line:
        """One row of the part that is shown, as of the last `refresh`."""
        return self._shown.lines[row] if row < len(self._shown.lines) else ()

    @property
    def cursor(self) -> Cursor:
        """As of the last `refresh`."""
        return self._shown.cursor

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
        self._shown.blank(rows)

    def scroll(self, lines: int | None) -> None:
        """Show what is that many lines further down; None: back to the live end."""
        move = ffi.new("ReplaybookScroll*")
        if lines is None:
            move.tag = lib.GHOSTTY_SCROLL_VIEWPORT_BOTTOM
        else:
            move.tag, move.value.amount = lib.GHOSTTY_SCROLL_VIEWPORT_DELTA, lines % 2**64
        union_fn("ghostty_terminal_scroll_viewport", "void(*)(GhosttyTerminal, ReplaybookScroll)")(
            native(self._terminal), move[0]
        )

    def key(self, stroke: Keystroke) -> bytes:
        """What the program expects for that key."""
        return self._encoders.key(self._terminal, stroke)

    def paste(self, text: str) -> bytes:
        """What the program expects for pasted text; its line ends become those of the enter key."""
        return pasted(self._terminal, text)

    def mouse(self, stroke: MouseStroke) -> bytes:
        """What the program expects for it; empty when it wants to hear nothing of that kind."""
        return self._encoders.mouse(self._terminal, stroke)

    def focus(self, *, gained: bool) -> bytes:
        """What the program expects to hear of the focus."""
        return focused(self._terminal, gained=gained)

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
        check(lib.ghostty_terminal_get(native(self._terminal), lib.GHOSTTY_TERMINAL_DATA_SCROLLBAR, bar), "scrollbar")
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
        return write_down(self._terminal)

    def restore(self, snapshot: bytes) -> None:
        """Become what a snapshot of this engine says; one that was tampered with raises ValueError."""
        try:
            terminal = read_back(snapshot)
        except GhosttyError as error:
            raise ValueError("this is no snapshot of a terminal") from error
        self._terminal.close()
        self._terminal = terminal
        self._limit()
        self.columns, self.rows = terminal.size
        self._shown.look_at(terminal)

    def close(self) -> None:
        """Free the native terminal now."""
        self._terminal.close()

    def _limit(self) -> None:
        """Bound what it keeps beside the screen, and say what it begins with."""
        for option, size in (
            (lib.GHOSTTY_TERMINAL_OPT_SCROLLBACK_MAX_BYTES, self._scrollback),
            (lib.GHOSTTY_TERMINAL_OPT_CONTINUATION_MAX_BYTES, UNFINISHED_BYTES),
        ):
            check(lib.ghostty_terminal_set(native(self._terminal), option, ffi.new("size_t*", size)), "limit")
        # One that no program can ask for stands for the shape that the user's own terminal has.
        own = ffi.new("GhosttyTerminalCursorStyle*", lib.GHOSTTY_TERMINAL_CURSOR_STYLE_BLOCK_HOLLOW)
        style = lib.GHOSTTY_TERMINAL_OPT_DEFAULT_CURSOR_STYLE
        check(lib.ghostty_terminal_set(native(self._terminal), style, own), "cursor")
        # Pictures aren't drawn: none that a program or a recording sends or names is kept, read or removed.
        none = ffi.new("uint64_t*", 0)
        check(
            lib.ghostty_terminal_set(native(self._terminal), lib.GHOSTTY_TERMINAL_OPT_KITTY_IMAGE_STORAGE_LIMIT, none),
            "limit",
        )
