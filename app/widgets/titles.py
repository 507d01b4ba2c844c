"""The first line of every screen: where one is on the left, how it stands on the right."""

from rich.cells import cell_len
from textual.content import Content
from textual.widget import Widget

from app.widgets.prose import Piece, Tone, clipped, content, piece

LEAST = 16
"""Cells that a place may always take; a longer one gets half of the line, so that how it stands is seen."""
WITH_IT = 2
"""Words of what goes on that come before how things stand here."""


class TitleBar(Widget):
    """One line; what doesn't fit is left out from the right part first."""

    DEFAULT_CSS = """
    TitleBar {
        dock: top;
        height: 1;
        padding: 0 1;
        background: $panel;
        color: $foreground;
    }
    """

    def __init__(self, *crumbs: str) -> None:
        """Begin with a place.

        Args:
            crumbs: From the program's name inwards.
        """
        super().__init__()
        self._crumbs: tuple[str, ...] = crumbs
        self._facts: tuple[Piece, ...] = ()
        self._going_on: tuple[Piece, ...] = ()

    @property
    def text(self) -> str:
        """What it says, in full."""
        return " ▸ ".join(("replaybook", *self._crumbs)) + "  " + "  ".join(text for text, _ in self._shown)

    def place(self, *crumbs: str) -> None:
        """Say where one is."""
        if crumbs != self._crumbs:
            self._crumbs = crumbs
            self.refresh()

    def facts(self, *facts: str | Piece) -> None:
        """Say how it stands, most important first."""
        shown = tuple(piece(fact, Tone.DIM) if isinstance(fact, str) else fact for fact in facts if fact)
        if shown != self._facts:
            self._facts = shown
            self.refresh()

    def going_on(self, *said: str) -> None:
        """Say what goes on wherever one is, most important first; without a word nothing does."""
        shown = tuple(piece(words, Tone.HEAD) for words in said)
        if shown != self._going_on:
            self._going_on = shown
            self.refresh()

    @property
    def _shown(self) -> tuple[Piece, ...]:
        return (*self._going_on, *self._facts)

    def render(self) -> Content:
        """Left part, gap, right part."""
        width = self.size.width
        place = [Piece("replaybook", Tone.HEAD)]
        for crumb in self._crumbs:
            place += [Piece(" ▸ ", Tone.DIM), Piece(clipped(piece(crumb).text, max(width // 2, LEAST)), Tone.STRONG)]
        taken = sum(cell_len(text) for text, _ in place)
        facts = self._fitting(width - taken - 2)
        if taken > width:
            return content([piece(clipped("".join(text for text, _ in place), width), Tone.STRONG)])
        gap = width - taken - sum(cell_len(text) for text, _ in facts)
        return content([*place, Piece(" " * max(gap, 0)), *facts])

    def _fitting(self, room: int) -> list[Piece]:
        """What there is room for: what goes on with the word behind it, as how to stop it, then the first fact."""
        shown, going = self._shown, len(self._going_on)
        firsts = {*range(min(going, WITH_IT)), going}
        fits = set[int]()
        for number in sorted(range(len(shown)), key=lambda one: one not in firsts):
            cost = cell_len(shown[number].text) + (3 if fits else 0)
            if cost > room:
                break
            fits.add(number)
            room -= cost
        kept: list[Piece] = []
        for number in sorted(fits):
            kept += [Piece(" · ", Tone.DIM), shown[number]] if kept else [shown[number]]
        return kept
