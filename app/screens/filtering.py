"""Typing what must be in a row to be listed, over the two lists of Home."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING

from textual import on
from textual.widgets import Input

from app.screens.base import BookScreen
from app.widgets.one_line import OneLine
from app.widgets.shelf import Shelf

if TYPE_CHECKING:
    from textual import events

READING = "reading …"
FILTER = "every word must be there · enter goes to what is left · esc lists all"


class FilteringScreen(BookScreen):
    """Two lists, and a line to narrow them that is there while it is wanted."""

    def __init__(self) -> None:
        """Begin with empty lists."""
        super().__init__()
        columns = ("name", "version", "steps", "replays", "to know")
        self.playbooks = Shelf(*columns, empty=READING, spare="steps", id="playbooks")
        """What there is to replay."""
        self.runs = Shelf("name", "when", "status", "where", empty=READING, id="runs")
        """What was recorded."""
        self._words = ""

    @abstractmethod
    def show_about(self) -> None:
        """Tell what is known of the row under the cursor of the list that has the focus."""

    def action_filter_lists(self) -> None:
        """Type what must be in a row to be listed."""
        found = self.query("#filter").first(Input) if self.query("#filter") else None
        if found is None:
            found = OneLine(value=self._words, placeholder=FILTER, id="filter", compact=True)
            self.query_one("#body").mount(found)
        found.focus()

    @on(Input.Changed, "#filter")
    def narrow(self, event: Input.Changed) -> None:
        """List what holds all of the words."""
        event.stop()
        self._narrow(event.value)

    def _narrow(self, words: str) -> None:
        self._words = words
        for shelf in (self.playbooks, self.runs):
            shelf.narrow(words)
            shelf.border_title = f"{'Playbooks' if shelf is self.playbooks else 'Recordings'}"
            if words.strip():
                shelf.border_title += f" · {shelf.shown} of {shelf.count}"
        self.show_about()

    @on(Input.Submitted, "#filter")
    def keep_filter(self, event: Input.Submitted) -> None:
        """Go to what is left; without a word all is listed again."""
        event.stop()
        self._leave_filter(clear=not event.value.strip())

    def _leave_filter(self, *, clear: bool) -> None:
        if clear:
            self._narrow("")
            self.query("#filter").remove()
        (self.playbooks if self.playbooks.shown or not self.runs.shown else self.runs).focus()

    def on_key(self, event: events.Key) -> None:
        """Escape lists all again; down leaves the filter for the lists."""
        filters = bool(self.query("#filter"))
        if filters and event.key == "escape":
            event.stop()
            self._leave_filter(clear=True)
        elif filters and event.key == "down" and isinstance(self.focused, Input):
            event.stop()
            self._leave_filter(clear=False)
