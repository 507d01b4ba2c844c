"""A search through all recordings, kept by the app: it goes on, and what it found stays, whatever screen is left."""

from collections.abc import Callable

from textual.message import Message

from app.errands import Errand
from app.found import FoundIn
from app.ports import Core
from app.workers.jobs import Ending
from app.workers.seeing import LibrarySearched
from capture.errors import ReplaybookError, StoppedError
from capture.tape.searching import Hit

MOST = 5_000
"""Lines that are kept; by then another text is better."""
TITLED = 30
"""Characters of a text that name its search."""


class LibrarySearch(Errand):
    """One of them: filled by the thread that searches, read by any screen."""

    def __init__(self, text: str, core: Core, *, ending: Callable[[Message], Ending]) -> None:
        """Nothing is found yet.

        Args:
            text: Of one line, not empty.
            core: Who reads recordings.
            ending: As for any errand.
        """
        self._short = text if len(text) <= TITLED else f"{text[: TITLED - 1]}…"
        super().__init__(f"searching for {self._short}", lambda _: self._search(core), ending=ending)
        self.text = text
        """What is searched for."""
        self.rows: dict[str, tuple[FoundIn, Hit]] = {}
        """Each line that holds it, with its run, by a key of its own; it only grows."""
        self.words = ""
        """How much there is, once it has ended; empty as long as it goes on."""
        self.at: str | None = None
        """The row that the cursor is on."""
        self._superseded = False

    @property
    def opens(self) -> Callable[..., object]:
        """Shows what it has found, also while it goes on."""
        return lambda book: book.open_search()

    def give_way(self) -> None:
        """Another one takes its place: end without a word."""
        self._superseded = True
        self.stop()

    def _search(self, core: Core) -> LibrarySearched:
        try:
            found = core.search(
                self.text, told=self._take, stopped=lambda: self._full or self.stopped, progress=self.report
            )
        except ReplaybookError:
            self.words = "ended early"
            raise
        if self._superseded:
            raise StoppedError("")
        if self.stopped:
            self.words = f"{found.words} · stopped"
            raise StoppedError(f"{self.title} was stopped; what it found stays")
        self.words = f"the first {MOST:,} lines" if self._full else found.words
        return LibrarySearched(f"{self._short}: {self.words}")

    @property
    def _full(self) -> bool:
        return len(self.rows) >= MOST

    def _take(self, one: FoundIn) -> None:
        for number, hit in enumerate(one.hits[: MOST - len(self.rows)]):
            self.rows[f"{one.run_id}:{number}"] = one, hit
        self.report(f"{len(self.rows):,} lines")
