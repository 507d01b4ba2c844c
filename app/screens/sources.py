"""Sources: what may propose repairs beside the rules, what it is sent, and whether it may be."""

from collections.abc import Iterator
from typing import ClassVar

from textual import on
from textual.binding import BindingType
from textual.containers import Vertical
from textual.widget import Widget

from app.actions import Area, bindings
from app.errands import Errand
from app.outside import SourceStanding, Tried
from app.screens.base import BookScreen
from app.screens.dialogs import AskText, Reading
from app.screens.endings import ending_of
from app.screens.lending import edit_file
from app.screens.outgoing import Outgoing
from app.widgets.lines import Lines
from app.widgets.prose import Piece, Row, Tone, piece, row, rows
from app.widgets.shelf import Shelf
from app.workers.source_facts import RequestRead, SourcesListed, SourceTried
from app.workers.tasks import in_thread
from replay.sources.asked import Asking

EMPTY = "Looking …"
ABOUT = (
    "Both are off until sources.toml switches them on: {edit-sources} opens it.",
    "A guided replay asks them where no rule's proposal stands out; nothing is sent before you saw it and said yes.",
    "What they answer is data: judged more strictly than a rule's proposal, never preselected, applied by you alone.",
)
SIGNS = {"off": Piece("·", Tone.DIM), "not allowed": Piece("?", Tone.WARN), "allowed": Piece("✓", Tone.GOOD)}


class SourcesScreen(BookScreen):
    """Both sources above, the one under the cursor below."""

    AREA = Area.SOURCES
    BINDINGS: ClassVar[list[BindingType]] = bindings(Area.SOURCES)

    def __init__(self) -> None:
        """Begin with nothing read."""
        super().__init__()
        self._sources: dict[str, SourceStanding] = {}
        self.shelf = Shelf("source", "state", "key", "address", empty=EMPTY, id="sources")
        """Both of them."""
        self.about = Lines(id="about", follow=False)
        """The one under the cursor."""

    def compose_body(self) -> Iterator[Widget]:
        """List and detail."""
        with Vertical():
            yield self.shelf
            yield self.about

    def on_mount(self) -> None:
        """Look at them."""
        self.shelf.border_title, self.about.border_title = "Sources of repairs", "About"
        self.title_bar.place("sources")
        self.shelf.focus()
        self.action_reload()

    def action_reload(self) -> None:
        """Look again."""
        core = self.core
        in_thread(self, lambda: SourcesListed(core.sources()), group="sources")

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """What is off can only be switched on, and lose its key or its yes."""
        chosen = self._sources.get(self.shelf.key or "")
        if action in ("open", "allow_source", "test_source"):
            return chosen is not None and chosen.state != "off"
        return super().check_action(action, parameters)

    @on(SourcesListed)
    def show(self, event: SourcesListed) -> None:
        """Fill the list."""
        self._sources = {one.source.value: one for one in event.sources}
        on = [one for one in event.sources if one.state != "off"]
        self.title_bar.facts(f"{len(on)} on" if on else "all off: nothing leaves this machine")
        self.shelf.show([(key, _cells(one)) for key, one in self._sources.items()])
        if event.said:
            self.say(event.said)
        self._explain()

    @on(Shelf.Moved)
    def follow(self) -> None:
        """The one under the cursor."""
        self._explain()

    @on(Shelf.Chosen)
    def open_chosen(self) -> None:
        """A click opens as enter does."""
        self.action_open()

    def action_open(self) -> None:
        """Show what it would be sent."""
        self._read_request(to_allow=False)

    def action_allow_source(self) -> None:
        """Show what it would be sent, and ask."""
        self._read_request(to_allow=True)

    def action_withdraw_source(self) -> None:
        """Let nothing more be sent to it."""
        core, name = self.core, self.shelf.key
        if name is not None:

            def withdraw() -> SourcesListed:
                core.withdraw_source(name)
                return SourcesListed(core.sources(), f"✓ nothing more is sent to {name}")

            in_thread(self, withdraw, group="sources")

    def action_test_source(self) -> None:
        """Ask it about a made-up failure."""
        core, name = self.core, self.shelf.key
        if name is not None:

            def ask(errand: Errand) -> SourceTried:
                return SourceTried(core.try_source(name, director=errand))

            self.book.send_out(Errand(f"asking {name}", ask, ending=ending_of), to=self)

    def action_store_key(self) -> None:
        """Ask for its key, unseen, and put it into the keyring."""
        core, name = self.core, self.shelf.key
        if name is None:
            return

        def given(key: str | None) -> None:
            def store() -> SourcesListed:
                core.store_source_key(name, lambda: key or "")
                return SourcesListed(core.sources(), f"✓ the key of {name} is in the keyring")

            if key:
                in_thread(self, store, group="sources")

        self.app.push_screen(AskText("Key", f"The key of {name}; it goes into the keyring alone.", secret=True), given)

    def action_forget_key(self) -> None:
        """Take its key out of the keyring."""
        core, name = self.core, self.shelf.key
        if name is not None:

            def forget() -> SourcesListed:
                was = core.forget_source_key(name)
                told = f"✓ the key of {name} is out of the keyring" if was else f"there was no key of {name}"
                return SourcesListed(core.sources(), told)

            in_thread(self, forget, group="sources")

    def action_edit_sources(self) -> None:
        """Lend the terminal to the user's editor."""
        edit_file(self, self.core.sources_file, otherwise="replaybook sources --edit")
        self.action_reload()

    @on(RequestRead)
    def show_request(self, event: RequestRead) -> None:
        """All of it; with a question where a yes was wanted."""
        asking = event.asking
        if event.to_allow:
            self.app.push_screen(Outgoing(asking), lambda yes: self._allow(asking) if yes else None)
        else:
            self.app.push_screen(Reading(f"To {asking.source}", [row(asking.url, Tone.STRONG), *rows(asking.body)]))

    @on(SourceTried)
    def show_tried(self, event: SourceTried) -> None:
        """What it answered."""
        self.app.push_screen(Reading(f"Test of {event.tried.source}", tried_rows(event.tried)))

    def _read_request(self, *, to_allow: bool) -> None:
        core, name = self.core, self.shelf.key
        if name is not None:
            in_thread(self, lambda: RequestRead(core.source_request(name), to_allow=to_allow), group="sources")

    def _allow(self, asking: Asking) -> None:
        core = self.core

        def allow() -> SourcesListed:
            core.allow_source(asking.source)
            return SourcesListed(core.sources(), f"✓ {asking.source} may be asked, at {asking.url}")

        in_thread(self, allow, group="sources")

    def _explain(self) -> None:
        chosen = self._sources.get(self.shelf.key or "")
        self.about.show(
            [*(about_rows(chosen) if chosen else []), *(row(self.book.keys.told(one), Tone.DIM) for one in ABOUT)]
        )
        self.refresh_bindings()


def about_rows(standing: SourceStanding) -> list[Row]:
    """How a source stands."""
    if standing.state == "off":
        return [row(f"{standing.source} is off."), ()]
    said = [("address", standing.url), ("model", standing.model), ("key from", standing.key or "goes without one")]
    told = [(piece(f"{name:<10}", Tone.DIM), piece(value)) for name, value in said if value]
    told += [(piece(f"{'yes to':<10}", Tone.DIM), piece(standing.digest or ""))]
    return [*told, *(rows(standing.problem, Tone.WARN, first="! ", rest="  ") if standing.problem else []), ()]


def tried_rows(tried: Tried) -> list[Row]:
    """What came of asking a source about a made-up failure."""
    sign = Piece("✓ ", Tone.GOOD) if tried.answered else Piece("✗ ", Tone.BAD)
    said: list[Row] = [(sign, piece("it answered" if tried.answered else "no answer that can be used"))]
    for one in tried.candidates:
        said += rows(f"{one.confidence:.0%} sure: {one.rationale}", first="  ", rest="  ")
        said += [row(f"    {entry.op} step {entry.step_index}: {entry.value}") for entry in one.patch]
    return [*said, *(line for note in tried.notes for line in rows(note, Tone.WARN, first="! ", rest="  "))]


def _cells(standing: SourceStanding) -> list[Piece]:
    return [
        SIGNS[standing.state],
        piece(standing.source, Tone.STRONG),
        piece(standing.state),
        piece(standing.key or "none", Tone.DIM),
        piece(standing.url or "", Tone.DIM),
    ]
