"""A terminal without a window: bytes in, cells out; a widget draws what a program painted, never its bytes."""

import unicodedata
from enum import IntEnum
from typing import NamedTuple, Protocol, runtime_checkable

from rich.cells import cell_len, get_character_cell_size

from app.keystrokes import Keystroke

ZERO_WIDTH = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})
"""Categories that a cell is never drawn with: the outer terminal would act on them or misplace what follows."""

SKIN_TONES = frozenset(map(chr, range(0x1F3FB, 0x1F400)))
"""Join the emoji before them; a terminal that does not join shows each as a square of its colour."""
SWATCH = "■"

LINK_SCHEMES = frozenset({"http", "https", "file", "mailto", "ftp", "ssh", "gopher", "gemini"})
"""What a link may begin with."""
LONGEST_LINK = 2048

Colour = tuple[int, int, int]


class Underline(IntEnum):
    """Its style, by the number of SGR 4:n."""

    NONE = 0
    SINGLE = 1
    DOUBLE = 2
    CURLY = 3
    DOTTED = 4
    DASHED = 5


class Pen(NamedTuple):
    """How a cell is painted; a colour of None is the pane's own."""

    foreground: Colour | None = None
    background: Colour | None = None
    bold: bool = False
    faint: bool = False
    italic: bool = False
    underline: Underline = Underline.NONE
    inverse: bool = False
    strike: bool = False
    foreground_index: int | None = None
    """Which colour of the terminal's palette the foreground is, where the program named one."""
    background_index: int | None = None
    """The same of the background."""
    underline_colour: Colour | None = None
    """None: the foreground's."""
    underline_index: int | None = None
    """The same of the underline."""
    link: str | None = None
    """Where the cell leads to."""


class Span(NamedTuple):
    """Neighbouring cells of one pen."""

    text: str
    """Drawn as it stands; as wide as its cells."""
    pen: Pen


Line = tuple[Span, ...]


class CursorShape(IntEnum):
    """How a cursor looks, by the number of DECSCUSR."""

    OWN = 0
    """As the user's terminal has it."""
    BLINKING_BLOCK = 1
    BLOCK = 2
    BLINKING_UNDERLINE = 3
    UNDERLINE = 4
    BLINKING_BAR = 5
    BAR = 6


class Cursor(NamedTuple):
    """Where the next character goes."""

    column: int
    row: int
    """Within the part that is shown."""
    visible: bool
    """False when hidden, or scrolled out of sight."""
    shape: CursorShape = CursorShape.OWN
    """How the program wants it to look."""


HIDDEN = Cursor(0, 0, visible=False)
"""Where a hidden cursor stands is nobody's business."""


class Picture(NamedTuple):
    """A screen that stands still: what the player draws."""

    columns: int
    """Width in cells."""
    lines: tuple[Line, ...]
    """From the top."""
    cursor: Cursor
    """Where it stood."""
    alternate: bool = False
    """Whether a full-screen program was on."""

    @property
    def text(self) -> tuple[str, ...]:
        """Its lines without colours, what is blank at their ends left out."""
        return tuple("".join(text for text, _ in line).rstrip() for line in self.lines)


class Wheel(IntEnum):
    """Which way the wheel turned."""

    UP = 4
    DOWN = 5


class MouseAct(IntEnum):
    """What a button did."""

    PRESS = 0
    RELEASE = 1
    MOVE = 2
    """The mouse moved, with a button held or without."""


class MouseStroke(NamedTuple):
    """One thing that was done with the mouse."""

    act: MouseAct
    button: int
    """1 left, 2 right, 3 middle, and the turns of the wheel; 0 while none is held."""
    column: int
    row: int
    """Within the part that is shown."""
    modifiers: int = 0
    """Bits of `app.keystrokes.MODIFIERS`."""


@runtime_checkable
class Emulator(Protocol):
    """What the shell pane and the player need of a terminal emulator."""

    columns: int
    """Width in cells."""
    rows: int
    """Height in cells."""

    def feed(self, data: bytes) -> None:
        """Take what a program wrote; it may end anywhere, inside a character too."""
        ...

    def refresh(self) -> frozenset[int]:
        """Bring `line` and `cursor` up to date; returns the rows that changed."""
        ...

    def line(self, row: int) -> Line:
        """One row of the part that is shown, as of the last `refresh`."""
        ...

    @property
    def cursor(self) -> Cursor:
        """As of the last `refresh`."""
        ...

    @property
    def alternate_screen(self) -> bool:
        """Whether a full-screen program is on."""
        ...

    @property
    def wants_mouse(self) -> bool:
        """Whether the program asked for mouse events."""
        ...

    @property
    def scrolled_back(self) -> bool:
        """Whether something older than the live end is shown."""
        ...

    def resize(self, columns: int, rows: int) -> None:
        """Take another size; text is wrapped anew."""
        ...

    def scroll(self, lines: int | None) -> None:
        """Show what is that many lines further down (up when negative); None: back to the live end."""
        ...

    def key(self, stroke: Keystroke) -> bytes:
        """What the program expects for that key; empty when the key means nothing to it."""
        ...

    def paste(self, text: str) -> bytes:
        """What the program expects for pasted text, bracketed if it asked for that."""
        ...

    def mouse(self, stroke: MouseStroke) -> bytes:
        """What the program expects for it; empty when it wants to hear nothing of that kind."""
        ...

    def focus(self, *, gained: bool) -> bytes:
        """What the program expects to hear of the focus; empty when it did not ask."""
        ...

    @property
    def above(self) -> int:
        """How many rows that are kept stand above the part that is shown."""
        ...

    @property
    def kept(self) -> int:
        """How many rows are kept, those that are shown included."""
        ...

    def history(self) -> list[str]:
        """The text of every row that is kept, oldest first."""
        ...

    def text_between(self, first: tuple[int, int], last: tuple[int, int]) -> str:
        """What stands between two cells, both included, as rows from the oldest and columns; folded lines are whole."""
        ...

    def snapshot(self) -> bytes | None:
        """The whole state, a sequence in progress included; None when it can't be written down."""
        ...

    def restore(self, snapshot: bytes) -> None:
        """Become what a snapshot says; ValueError when it is none."""
        ...

    def close(self) -> None:
        """Free it."""
        ...


def picture(emulator: Emulator) -> Picture:
    """What an emulator shows now."""
    emulator.refresh()
    lines = tuple(emulator.line(row) for row in range(emulator.rows))
    cursor = emulator.cursor if emulator.cursor.visible else HIDDEN
    return Picture(emulator.columns, lines, cursor, emulator.alternate_screen)


def drawable(text: str, width: int) -> str:
    """Make a cell's text safe to draw and exactly as wide as its cell.

    Args:
        text: One character with what combines with it.
        width: Cells that it fills.

    Returns:
        The text without controls and joiners; of one that is joined to what the cell has no room for, as a family or a
        heart made an emoji is, as much as it has room for; a replacement where nothing can be drawn.
    """
    kept = "".join(character for character in text if unicodedata.category(character) not in ZERO_WIDTH)
    if not kept.isascii():
        kept = _fitting(kept, width)
    taken = cell_len(kept)
    return kept.ljust(len(kept) + width - taken) if 0 < taken <= width else "\N{REPLACEMENT CHARACTER}".ljust(width)


def _fitting(text: str, width: int) -> str:
    """The longest beginning that all who draw take to be equally wide: as a whole, and character by character."""
    if text in SKIN_TONES:
        return SWATCH
    for end in range(len(text), 0, -1):
        begun = text[:end]
        if 0 < cell_len(begun) <= width and cell_len(begun) == sum(map(get_character_cell_size, begun)):
            return begun
    return ""


def safe_link(uri: bytes) -> str | None:
    """Make what a cell leads to safe to tell a terminal.

    Args:
        uri: As the program gave it.

    Returns:
        The text; None when it is not plain ASCII, very long, or of a scheme that does more than show something.
    """
    text = uri.decode("ascii", "replace")
    plain = len(text) <= LONGEST_LINK and all("!" <= character <= "~" for character in text)
    return text if plain and text.partition(":")[0].lower() in LINK_SCHEMES else None
