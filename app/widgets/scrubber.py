"""One line along the bottom of a recording: where each command began, which failed, where one stands in time."""

from collections.abc import Callable, Sequence
from functools import partial

from textual import events
from textual.content import Content
from textual.geometry import Offset
from textual.message import Message
from textual.widget import Widget

from app.labels import apart
from app.widgets.prose import Piece, Tone, content, piece

PLAYED, AHEAD, COMMAND, ERROR, HERE = "━", "─", "┬", "✗", "●"


class Scrubber(Widget):
    """Time from left to right; a click goes there, and so does dragging."""

    DEFAULT_CSS = """
    Scrubber { height: 1; padding: 0 1; }
    """

    class Chosen(Message):
        """A person clicked on a moment."""

        def __init__(self, part: float) -> None:
            """Carry it.

            Args:
                part: Of the whole, 0 to 1.
            """
            super().__init__()
            self.part = part
            """Of the whole, 0 to 1."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's own name
        """Begin empty."""
        super().__init__(id=id)
        self._marks: Sequence[tuple[float, bool]] = ()
        self._signs: dict[int, Piece] = {}
        self._signs_for = 0
        self._part, self._words = 0.0, ""
        self._dragged = False

    def mark(self, commands: Sequence[tuple[float, bool]]) -> None:
        """Mark the commands.

        Args:
            commands: Where each began, 0 to 1, and whether it failed.
        """
        self._marks, self._signs_for = tuple(commands), 0
        self.refresh()

    def show(self, part: float, words: str) -> None:
        """Say where playing stands.

        Args:
            part: Of the whole, 0 to 1.
            words: Said behind the line.
        """
        if (part, words) != (self._part, self._words):
            self._part, self._words = part, words
            self.refresh()

    def render(self) -> Content:
        """The line, then words."""
        room = self._room
        if self._signs_for != room:
            self._signs, self._signs_for = self._signs_in(room), room
        here = round(self._part * (room - 1))
        line = [
            self._signs.get(at) or (Piece(PLAYED, Tone.GOOD) if at < here else Piece(AHEAD, Tone.DIM))
            for at in range(room)
        ]
        line[here] = Piece(HERE, Tone.STRONG)
        return content([*line, Piece("  "), piece(self._words, Tone.DIM)])

    def places(self) -> Sequence[tuple[Offset, Callable[[], object]]]:
        """Where commands began, for jump mode: the start, those that are marked, the end."""
        corner, room = self.content_region.offset - self.region.offset, self._room
        starts = {0: 0.0, room - 1: 1.0} | {round(part * (room - 1)): part for part, _ in self._marks}
        return [(corner + Offset(at, 0), partial(self._go, starts[at])) for at in apart(sorted(starts))]

    def _go(self, part: float) -> None:
        self.post_message(self.Chosen(part))

    def on_mouse_down(self, event: events.MouseDown) -> None:
        """Go there, and wherever the mouse goes while its button is down."""
        if event.get_content_offset_capture(self).x < self._room:
            self._dragged = True
            self.capture_mouse()
            self._choose(event)

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """Follow it."""
        if self._dragged:
            self._choose(event)

    def on_mouse_up(self) -> None:
        """Stay there."""
        self._dragged = False
        self.release_mouse()

    def _choose(self, event: events.MouseEvent) -> None:
        x = event.get_content_offset_capture(self).x
        self.post_message(self.Chosen(min(max(x, 0) / max(self._room - 1, 1), 1.0)))

    def _signs_in(self, room: int) -> dict[int, Piece]:
        """What stands where in so many cells; a failed command is never hidden by one that did not fail."""
        places = [(round(part * (room - 1)), failed) for part, failed in self._marks]
        return {at: Piece(COMMAND, Tone.HEAD) for at, failed in places if not failed} | {
            at: Piece(ERROR, Tone.BAD) for at, failed in places if failed
        }

    @property
    def _room(self) -> int:
        """Cells that the line has."""
        return max(self.content_size.width - len(self._words) - 2, 2)
