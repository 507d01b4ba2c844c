"""Search: a text in the commands and outputs of all recordings, hit by hit, and the way to each."""

from collections.abc import Iterator
from threading import Event
from typing import ClassVar

from textual import on
from textual.binding import BindingType
from textual.widget import Widget
from textual.widgets import Input

from app.actions import Area, bindings
from app.found import FoundIn
from app.screens.base import BookScreen
from app.widgets.one_line import OneLine
from app.widgets.prose import Piece, Tone, piece
from app.widgets.shelf import Shelf
from app.workers.seeing import SearchEnded, SearchTold
from app.workers.tasks import in_thread
from capture.tape.searching import IN_COMMAND, Hit

MOST = 5_000
"""Lines that are listed; by then another text is better."""
SHOWN_EVERY_S = 0.1
"""What is found meanwhile is listed together."""
EMPTY = "Type a text and press enter. Without a capital letter in it, capitals don't matter."


class SearchScreen(BookScreen):
    """A text above, the lines that hold it below."""

    AREA = Area.SEARCH
    AUTO_FOCUS = "#text"
    BINDINGS: ClassVar[list[BindingType]] = bindings(Area.SEARCH)

    def __init__(self) -> None:
        """Begin with nothing searched for."""
        super().__init__()
        self.text = OneLine(placeholder="a text in all that was run and printed", id="text")
        """What is searched for."""
        self.hits = Shelf("recording", "step", "line", "text", empty=EMPTY, id="hits")
        """The lines that hold it."""
        self._stop = Event()
        self._query = ""
        self._found: dict[str, tuple[FoundIn, Hit]] = {}
        self._shown = 0

    def compose_body(self) -> Iterator[Widget]:
        """The text, then the hits."""
        yield self.text
        yield self.hits

    def on_mount(self) -> None:
        """Name the panes."""
        self.text.border_title, self.hits.border_title = "Text", "Found"
        self.set_interval(SHOWN_EVERY_S, self._list)

    def on_unmount(self) -> None:
        """A search that goes on is of no use any more."""
        self._stop.set()

    @property
    def busy(self) -> str | None:
        """A search holds nobody up."""
        return None

    @on(Input.Submitted)
    def begin(self, event: Input.Submitted) -> None:
        """Search; what was searched for before is left."""
        event.stop()
        text = event.value.strip()
        if not text:
            return
        self._stop.set()
        self._stop, self._query = Event(), text
        self._found, self._shown = {}, -1
        core, stop, tell = self.core, self._stop, self.post_message
        self.title_bar.facts("searching …")
        in_thread(
            self,
            lambda: SearchEnded(core.search(text, told=lambda one: tell(SearchTold(text, one)), stopped=stop.is_set)),
            group="search",
        )

    @on(SearchTold)
    def note(self, event: SearchTold) -> None:
        """Keep the hits of a run; they are listed soon."""
        if event.query != self._query or self._stop.is_set():
            return
        one = event.found
        for number, hit in enumerate(one.hits[: MOST - len(self._found)]):
            self._found[f"{one.run_id}:{number}"] = one, hit
        if len(self._found) >= MOST:
            self._stop.set()

    @on(SearchEnded)
    def end(self, event: SearchEnded) -> None:
        """Say how much there is."""
        if event.found.query != self._query:
            return
        self._list()
        full = len(self._found) >= MOST
        self.title_bar.facts(f"the first {MOST} lines" if full else event.found.words)
        if self._found:
            self.hits.focus()

    @on(Shelf.Chosen)
    def open_hit(self, event: Shelf.Chosen) -> None:
        """Open the recording there."""
        one, hit = self._found[event.key]
        self.book.open_trace(one.run_id, find=self._query, at=(hit.step_index, hit.line))

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
        if self._shown == len(self._found):
            return
        self._shown = len(self._found)
        self.hits.show([(key, _cells(one, hit)) for key, (one, hit) in self._found.items()])
        self.hits.border_subtitle = f"{self._shown} lines" if self._shown else ""


def _cells(one: FoundIn, hit: Hit) -> list[Piece]:
    return [
        Piece("·", Tone.DIM),
        piece(one.name, Tone.STRONG),
        piece(str(hit.step_index)),
        piece("command" if hit.line == IN_COMMAND else str(hit.line), Tone.DIM),
        piece(hit.text),
    ]
