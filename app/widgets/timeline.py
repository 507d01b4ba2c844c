"""One line along the bottom of a replay: how long each step took, where it stands, how long it has been going."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial

from textual import events
from textual.content import Content
from textual.geometry import Offset
from textual.message import Message
from textual.widget import Widget

from app.labels import apart
from app.widgets.prose import Piece, Tone, content, piece

BARS = "▁▂▃▄▅▆▇█"
AHEAD, HERE = "·", "▸"


class Timeline(Widget):
    """A bar a step; heights compare durations on a root scale, so that short steps still show."""

    DEFAULT_CSS = """
    Timeline { height: 1; padding: 0 1; }
    """

    class Chosen(Message):
        """A person wants to see a step."""

        def __init__(self, step: int) -> None:
            """Carry it.

            Args:
                step: Counted from 1.
            """
            super().__init__()
            self.step = step
            """Counted from 1."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's own name
        """Begin empty."""
        super().__init__(id=id)
        self._durations: Mapping[int, float] = {}
        self._expected: Mapping[int, float] = {}
        self._count, self._here = 0, 0
        self._words = ""

    def show(
        self,
        durations: Mapping[int, float],
        *,
        count: int,
        here: int,
        words: str,
        expected: Mapping[int, float] | None = None,
    ) -> None:
        """Replace it.

        Args:
            durations: Milliseconds by step.
            count: How many steps there are.
            here: The step that is next or runs; 0 for none.
            words: Said behind the bars.
            expected: Milliseconds that the steps ahead took before, as far as that is known.
        """
        self._expected = expected or {}
        self._durations, self._count, self._here, self._words = dict(durations), count, here, words
        self.refresh()

    def render(self) -> Content:
        """Bars, then words."""
        longest = max([*self._durations.values(), *self._expected.values()], default=0) or 1
        bars = [self._bar(step, longest) for step in self._shown]
        return content([*bars, Piece("  "), piece(self._words, Tone.DIM)])

    @property
    def _shown(self) -> range:
        """The steps that have a bar, one cell each."""
        room = max(self.size.width - len(self._words) - 3, 0)
        first = max(min(self._here, self._count) - room, 0)
        return range(first + 1, min(self._count, first + room) + 1)

    def places(self) -> Sequence[tuple[Offset, Callable[[], object]]]:
        """Steps, for jump mode: as many as there is room for."""
        corner, shown = self.content_region.offset - self.region.offset, self._shown
        return [(corner + Offset(at, 0), partial(self._go, shown[at])) for at in apart(range(len(shown)))]

    def on_click(self, event: events.Click) -> None:
        """Go to the step that was clicked on."""
        shown, at = self._shown, event.get_content_offset_capture(self).x
        if 0 <= at < len(shown):
            self._go(shown[at])

    def _go(self, step: int) -> None:
        self.post_message(self.Chosen(step))

    def _bar(self, step: int, longest: float) -> Piece:
        if step in self._durations:
            return Piece(_height(self._durations[step] / longest), Tone.GOOD)
        if step == self._here:
            return Piece(HERE, Tone.HEAD)
        return Piece(_height(self._expected[step] / longest) if step in self._expected else AHEAD, Tone.DIM)


def _height(share: float) -> str:
    return BARS[round(share**0.5 * (len(BARS) - 1))]
