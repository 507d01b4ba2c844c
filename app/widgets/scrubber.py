"""One line along the bottom of the player: where each command began, which failed, where playing stands."""

from collections.abc import Sequence

from textual import events
from textual.content import Content
from textual.message import Message
from textual.widget import Widget

from app.widgets.prose import Piece, Tone, content, piece

PLAYED, AHEAD, COMMAND, ERROR, HERE = "━", "─", "┬", "✗", "●"


class Scrubber(Widget):
    """Time from left to right; a click goes there."""

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
        self._part, self._words = 0.0, ""

    def mark(self, commands: Sequence[tuple[float, bool]]) -> None:
        """Mark the commands.

        Args:
            commands: Where each began, 0 to 1, and whether it failed.
        """
        self._marks = tuple(commands)
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
        here = round(self._part * (room - 1))
        signs = {round(part * (room - 1)): (COMMAND, Tone.HEAD) for part, failed in self._marks if not failed}
        signs |= {round(part * (room - 1)): (ERROR, Tone.BAD) for part, failed in self._marks if failed}
        line = [
            Piece(*signs[at]) if at in signs else Piece(PLAYED, Tone.GOOD) if at < here else Piece(AHEAD, Tone.DIM)
            for at in range(room)
        ]
        line[here] = Piece(HERE, Tone.STRONG)
        return content([*line, Piece("  "), piece(self._words, Tone.DIM)])

    def on_click(self, event: events.Click) -> None:
        """Go there."""
        x = event.get_content_offset_capture(self).x
        if x < self._room:
            self.post_message(self.Chosen(max(x, 0) / max(self._room - 1, 1)))

    @property
    def _room(self) -> int:
        """Cells that the line has."""
        return max(self.content_size.width - len(self._words) - 2, 2)
