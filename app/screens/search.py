"""Search: a text in the commands and outputs of all recordings, hit by hit, and the way to each."""

from collections.abc import Iterator
from typing import ClassVar, cast

from textual import events, on
from textual.binding import BindingType
from textual.widget import Widget
from textual.widgets import Input

from app.actions import Area, bindings
from app.book import Book
from app.found import FoundIn, place_of
from app.library_search import LibrarySearch
from app.screens.base import BookScreen
from app.screens.endings import ending_of
from app.widgets.one_line import OneLine
from app.widgets.prose import Piece, Tone, piece
from app.widgets.shelf import Shelf
from app.workers.seeing import LibrarySearched
from capture.tape.searching import Hit

SHOWN_EVERY_S = 0.1
"""What is found meanwhile is listed together."""
EMPTY = "Type a text and press enter. Without a capital letter in it, capitals don't matter."
SEARCHING, NONE = "Nothing yet.", "Nothing was found; typing begins another text."


class Sought(OneLine):
    """The text."""

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """While something goes on, the key that cuts is for what stops that."""
        if action == "cut" and cast("Book", self.app).jobs.going_on:
            return False
        return super().check_action(action, parameters)


class SearchScreen(BookScreen):
    """A text above, the lines that hold it below."""

    AREA = Area.SEARCH
    AUTO_FOCUS = "#text"
    BINDINGS: ClassVar[list[BindingType]] = bindings(Area.SEARCH)

    def __init__(self) -> None:
        """Begin with nothing searched for."""
        super().__init__()
        self.text = Sought(placeholder="a text in all that was run and printed", id="text")
        """What is searched for."""
        self.hits = Shelf("recording", "step", "line", "text", empty=EMPTY, id="hits")
        """The lines that hold it."""
        self._shown: tuple[LibrarySearch | None, int, str] = None, 0, ""

    def compose_body(self) -> Iterator[Widget]:
        """The text, then the hits."""
        yield self.text
        yield self.hits

    def on_mount(self) -> None:
        """Name the panes, and show what was searched for last."""
        self.text.border_title, self.hits.border_title = "Text", "Found"
        search = self.book.library_search
        if search is not None:
            self._list()
            self.text.select_all()
            self.hits.go_to(search.at or "")
        self.set_interval(SHOWN_EVERY_S, self._list)

    @on(Input.Submitted)
    def begin(self, event: Input.Submitted) -> None:
        """Search; what was searched for before is left."""
        event.stop()
        text = event.value.strip()
        if not text:
            return
        book, before = self.book, self.book.library_search
        if before is not None:
            before.give_way()
            book.jobs.remove(before)
        book.library_search = LibrarySearch(text, self.core, ending=ending_of)
        book.send_out(book.library_search, to=self)
        self._list()

    @on(LibrarySearched)
    def end(self) -> None:
        """Go to what there is, unless another text is being typed."""
        self._list()
        search = self.book.library_search
        if search is not None and search.rows and self.text.value.strip() == search.text:
            self.hits.focus()

    @on(Shelf.Chosen)
    def open_hit(self, event: Shelf.Chosen) -> None:
        """Open the recording there."""
        search = self.book.library_search
        if search is not None and event.key in search.rows:
            one, hit = search.rows[event.key]
            self.book.open_trace(one.run_id, find=search.text, at=hit.place)

    @on(Shelf.Moved)
    def note_place(self, event: Shelf.Moved) -> None:
        """Whoever comes back is there again."""
        if self.book.library_search is not None:
            self.book.library_search.at = event.key

    def on_key(self, event: events.Key) -> None:
        """Down leaves the text for what was found."""
        if event.key == "down" and self.text.has_focus and self.hits.shown:
            event.stop()
            self.hits.focus()

    def action_open(self) -> None:
        """Open the recording at the line under the cursor."""
        self.hits.choose()

    def action_ask_anew(self) -> None:
        """Another text."""
        self.text.focus()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """While a text is typed, its letters are no keys."""
        if action in ("open", "ask_anew") and self.text.has_focus:
            return False
        return super().check_action(action, parameters)

    def on_descendant_focus(self) -> None:
        """The footer follows."""
        self.refresh_bindings()

    def _list(self) -> None:
        search = self.book.library_search
        if search is None or self._shown == (state := (search, len(search.rows), search.words)):
            return
        if search is not self._shown[0]:
            self.text.value = search.text
        self._shown = state
        self.hits.empty = NONE if search.words else SEARCHING
        if search.words and self.text.value.strip() == search.text:
            self.text.select_all()
        self.hits.show([(key, _cells(one, hit)) for key, (one, hit) in [*search.rows.items()]])
        lines = self.hits.shown
        self.hits.border_subtitle = f"{lines:,} line{'s' * (lines != 1)}" if lines else ""
        self.title_bar.facts(search.words or "searching …")


def _cells(one: FoundIn, hit: Hit) -> list[Piece]:
    return [
        Piece("·", Tone.DIM),
        piece(one.name, Tone.STRONG),
        piece(str(hit.step_index)),
        piece(place_of(hit).removeprefix("line "), Tone.DIM),
        piece(hit.text),
    ]
