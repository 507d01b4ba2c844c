"""What draws rows of toned text line by line, however many there are: lists and long texts are both made of it."""

from collections.abc import Iterable
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual.scroll_view import ScrollView

from app.widgets.prose import Piece, Tone


class TonedView(ScrollView, can_focus=True):
    """Scrolls; a subclass draws the lines that are in view, and no others."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {f"toned--{tone}" for tone in Tone}
    """One a tone."""

    DEFAULT_CSS = """
    TonedView {
        height: 1fr;
        overflow-x: hidden;
        scrollbar-size-vertical: 1;
        & > .toned--plain { color: $foreground; }
        & > .toned--dim { color: $text-muted; }
        & > .toned--strong { color: $foreground; text-style: bold; }
        & > .toned--head { color: $text-primary; text-style: bold; }
        & > .toned--good { color: $text-success; }
        & > .toned--bad { color: $text-error; }
        & > .toned--warn { color: $text-warning; }
        & > .toned--mask { color: $text-accent; text-style: italic; }
        & > .toned--lit { color: $text-warning; text-style: bold underline; }
    }
    """

    def segments(self, pieces: Iterable[Piece], over: Style | None = None) -> list[Segment]:
        """Pieces as Rich draws them.

        Args:
            pieces: Printable.
            over: Put over the style of each.
        """
        styles = {tone: self.get_component_rich_style(f"toned--{tone}") for tone in Tone}
        return [Segment(text, styles[tone] + over if over else styles[tone]) for text, tone in pieces if text]

    def notify_style_update(self) -> None:
        """Draw again in a new theme's colours."""
        super().notify_style_update()
        self.refresh()

    @property
    def inner_width(self) -> int:
        """Cells that a line has."""
        return self.scrollable_content_region.width
