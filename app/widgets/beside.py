"""Two texts beside each other: lines that belong together stay so, one scroll moves both, differences have a sign."""

from collections.abc import Callable, Iterable, Sequence
from enum import Enum, auto
from typing import NamedTuple

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.message import Message

from app.widgets.lines import Lines
from app.widgets.prose import Piece, Row, Tone, wrapped

DIFFERS = "≠"
"""The sign in front of a line that is not as it was."""


class Pair(NamedTuple):
    """Two lines that belong together; an empty one stands for none."""

    recorded: Row
    actual: Row
    differs: bool = False
    """Whether they are told apart."""
    loose: bool = False
    """Whether they only happen to come at the same place: each text is folded as if the other were not there."""


class Place(Enum):
    """What is to be in view."""

    TOP = auto()
    DIFFERENCE = auto()
    """The first pair that differs; the top where none does."""
    END = auto()


class Twin(Lines):
    """One of the two: it scrolls its other half with it."""

    DEFAULT_CSS = """
    Twin { width: 1fr; scrollbar-gutter: stable; }
    Twin#recorded { scrollbar-size-vertical: 0; scrollbar-gutter: auto; }
    """

    class Resized(Message):
        """It may have another size."""

    def __init__(self, *, id: str) -> None:  # noqa: A002 - Textual's own name
        """Begin empty."""
        super().__init__(id=id)
        self.other: Twin | None = None
        """Its other half."""
        self.moved: Callable[[], None] = lambda: None
        """Told when it was scrolled."""
        self.said: Sequence[Row] = ()
        """What it shows, neither folded nor signed."""

    @property
    def text(self) -> str:
        """What it shows, without tones, signs and folds."""
        return "\n".join("".join(text for text, _ in row) for row in self.said)

    @property
    def columns(self) -> int:
        """How wide a line may be."""
        return self.scrollable_content_region.width

    def on_resize(self) -> None:
        """The size may be another one."""
        self.post_message(self.Resized())

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Take the other half along."""
        super().watch_scroll_y(old_value, new_value)
        self.moved()
        if self.other is not None and self.other.scroll_y != new_value:
            self.other.scroll_to(y=new_value, animate=False, immediate=True)


class Beside(Horizontal):
    """Recorded on the left, actual on the right."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's own name
        """Begin empty."""
        super().__init__(id=id)
        self.recorded, self.actual = Twin(id="recorded"), Twin(id="actual")
        """The halves."""
        self.recorded.other, self.actual.other = self.actual, self.recorded
        for half in (self.recorded, self.actual):
            half.moved = self._moved
        self._pairs: Sequence[Pair] = ()
        self._widths = (0, 0)
        self._at: Place | None = None
        """What stays in view when the size changes; None: where a person has scrolled."""
        self._row = 0
        """The row that this is."""
        self._bringing = False

    def compose(self) -> ComposeResult:
        """Both."""
        yield self.recorded
        yield self.actual

    def show(self, pairs: Iterable[Pair], *, at: Place = Place.TOP) -> None:
        """Replace the texts.

        Args:
            pairs: In order.
            at: What is to be in view.
        """
        self._pairs, self._at = list(pairs), at
        self._fold()

    @on(Twin.Resized)
    def fold_again(self) -> None:
        """Fold anew where the width has changed, and keep in view what is to be."""
        if self._widths != (self.recorded.columns, self.actual.columns):
            self._fold()
        elif self._at is not None:
            self._bring()

    def _fold(self) -> None:
        self._widths = one, two = self.recorded.columns, self.actual.columns
        left: list[Row] = []
        right: list[Row] = []
        first = None
        for pair in self._pairs:
            if pair.differs and first is None:
                first = len(left)
            folded, partner = wrapped(pair.recorded, one - 1), wrapped(pair.actual, two - 1)
            if not pair.loose:
                _level(left, right)
            left += _signed(folded, differs=pair.differs)
            right += _signed(partner, differs=pair.differs)
            if not pair.loose:
                _level(left, right, differs=pair.differs)
        _level(left, right)
        for half, rows in ((self.recorded, left), (self.actual, right)):
            half.said = [pair.recorded if half is self.recorded else pair.actual for pair in self._pairs]
            half.show(rows, stay=True)
        self._row = len(left) - 1 if self._at is Place.END else first or 0
        if self._at is not None:
            self._bring()

    def _bring(self) -> None:
        """Scroll both to what is to be in view; each for itself, since it may only now be laid out."""
        self._bringing = True
        for half in (self.recorded, self.actual):
            half.go_to(0 if self._at is Place.TOP else self._row, at_once=True)
        self._bringing = False

    def _moved(self) -> None:
        if not self._bringing:
            self._at = None


def _signed(folded: Sequence[Row], *, differs: bool) -> list[Row]:
    return [(_sign(differs=differs), *row) for row in folded]


def _sign(*, differs: bool) -> Piece:
    return Piece(DIFFERS, Tone.WARN) if differs else Piece(" ")


def _level(left: list[Row], right: list[Row], *, differs: bool = False) -> None:
    """Make both as long as the longer one."""
    short = left if len(left) < len(right) else right
    short += [(_sign(differs=differs),)] * abs(len(left) - len(right))
