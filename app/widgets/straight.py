"""Draws what changed in a widget straight onto the terminal, past Textual's compositor, where nothing lies over it."""

from collections.abc import Sequence

from textual.geometry import Region
from textual.widget import Widget

from app.emulator import Cursor, Line
from app.outer import OuterApp


class Straight:
    """The way from a widget's cells to the terminal, in the terminal's own colours and with its own cursor.

    Args:
        widget: Whose content region is drawn; its `render_line` has to say the same.
    """

    def __init__(self, widget: Widget) -> None:
        self._widget = widget
        self._shown: Sequence[Line] = ()
        self._layers: object = None
        self._free = False

    @property
    def app(self) -> OuterApp | None:
        """The app, where it draws on a terminal cell by cell and in colours."""
        app = self._widget.app
        return app if isinstance(app, OuterApp) and app.draws_cells and not app.no_color else None

    @property
    def lags(self) -> bool:
        """Whether the terminal has yet to take what was sent."""
        return self.app is not None and self.app.lags

    def draw(self, lines: Sequence[Line], cursor: Cursor | None) -> bool:
        """Show lines and the terminal's own cursor.

        Args:
            lines: All rows.
            cursor: Where it stands; None: it is hidden.

        Returns:
            False when Textual has to draw the lines: something lies over them, or they are about to move.
        """
        app = self.app
        if app is None:
            return False
        shown, self._shown = self._shown, lines
        region = self._widget.content_region
        on_top = app.screen is self._widget.screen
        seen = on_top and cursor is not None and cursor.visible
        there = None
        if cursor is not None and seen:
            there = cursor._replace(column=region.x + cursor.column, row=region.y + cursor.row)
        if not (on_top and self._is_free(region)):
            app.show_cursor(there)
            return False
        app.draw_rows(region, shown, lines, there)
        return True

    def hide_cursor(self) -> None:
        """Another screen is on top."""
        if self.app is not None:
            self.app.show_cursor(None)

    def _is_free(self, region: Region) -> bool:
        """Whether nothing lies over the region and nothing is about to move."""
        screen = self._widget.screen
        if screen._layout_required or screen._scroll_required or screen.app._batch_count:  # noqa: SLF001 - Textual tells of it nowhere else
            return False
        layers = screen._compositor.layers  # noqa: SLF001 - as above
        if layers is not self._layers:
            self._layers, self._free = layers, self._is_uncovered(region)
        return self._free

    def _is_uncovered(self, region: Region) -> bool:
        for widget, geometry in self._widget.screen._compositor.layers:  # noqa: SLF001 - as above
            if widget is self._widget:
                return geometry.visible_region.contains_region(region)
            if geometry.visible_region.overlaps(region):
                return False
        return False
