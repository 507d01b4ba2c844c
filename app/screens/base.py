"""What every screen shares: title line, footer, one clear line when the terminal is too small, and how errors show."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Any, ClassVar, cast

from textual import on
from textual.containers import Container
from textual.screen import Screen

from app.actions import Area
from app.punctual import Punctual
from app.widgets.key_bar import KeyBar
from app.widgets.titles import TitleBar
from app.widgets.too_small import QUITS, TooSmall
from app.workers.facts import Exported
from app.workers.tasks import Refused, in_thread
from app.workers.telling import RecordingFound
from capture.printable import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from textual import events
    from textual.app import ComposeResult
    from textual.message import Message
    from textual.widget import Widget

    from app.book import Book
    from app.ports import Core

LEAST_COLUMNS, LEAST_ROWS = 60, 14


class BookScreen(Punctual, Screen[None]):
    """A screen of the book: compose its body in `compose_body`.

    What is abstract here and below is so for the type checker: Textual's screens have a metaclass of their own.
    """

    AREA: ClassVar[Area]
    """Whose actions it offers; help and palette ask."""
    REVIEWS: ClassVar[bool] = False
    """Whether proposals open on it."""

    def __init__(self) -> None:
        """Begin with a title bar; subclasses fill it."""
        super().__init__()
        self._asks: list[Callable[[], object]] = []
        self._leaves = False
        self.title_bar = TitleBar(self.AREA.value)
        """The first line."""
        self._too_small = TooSmall(f"needs {LEAST_COLUMNS} by {LEAST_ROWS}", id="too-small", markup=False)
        self._put_aside: Widget | None = None
        self._cramped = False

    def on_mount(self) -> None:
        """Take the person's own keys; Textual calls this beside the `on_mount` of each screen."""
        self.take_keys()

    def take_keys(self) -> None:
        """Bind its actions to the keys that the settings have for them."""
        self.book.take_keys(self, *self.areas[:-1])
        self.refresh_bindings()

    @property
    def book(self) -> Book:
        """The app, as screens see it."""
        return cast("Book", self.app)

    @property
    def core(self) -> Core:
        """Where all data comes from; call it from a worker."""
        return self.book.core

    @property
    def areas(self) -> tuple[Area, ...]:
        """Whose actions can be used here, the most particular first."""
        return (Area.REVIEW, self.AREA, Area.ANYWHERE) if self.REVIEWS else (self.AREA, Area.ANYWHERE)

    def compose(self) -> ComposeResult:
        """Title, body, footer; and what shows in place of the body when there is no room."""
        yield self.title_bar
        with Container(id="body"):
            yield from self.compose_body()
        yield self._too_small
        yield KeyBar()

    def on_resize(self, event: events.Resize) -> None:
        """While there is no room keys act on nothing; afterwards they go where they went before."""
        if self.focused not in (None, self._too_small):
            self._put_aside = self.focused
        self._cramped = event.size.width < LEAST_COLUMNS or event.size.height < LEAST_ROWS
        if self._cramped and self.focused is not self._too_small:
            # The line that says so can't be focused before it is shown, and a key may come in between.
            self.set_focus(None)
        self.call_after_refresh(self._too_small.focus if self._cramped else self._give_back)

    def on_key(self, event: events.Key) -> None:
        """In a terminal that is too small only leaving is possible."""
        if self._cramped and event.key != QUITS:
            event.stop()
            event.prevent_default()

    def _give_back(self) -> None:
        if self.focused is self._too_small:
            # A screen of one picture has nothing else that could take the keys from it.
            self.set_focus(None)
        if self.focused is None and self._put_aside is not None:
            self._put_aside.focus()

    @abstractmethod
    def compose_body(self) -> Iterator[Widget]:
        """What is between title and footer."""

    @property
    def busy(self) -> str | None:
        """What would be ended by quitting, as a question; None when nothing would."""
        return None

    def say(self, text: str, *, severity: Any = "information", timeout: float | None = None) -> None:
        """Tell the person something that passes."""
        self.notify(printable(text), severity=severity, timeout=timeout, markup=False)

    def go_back(self) -> None:
        """Leave for the screen before; there is none below Home."""
        self.leave_it()

    def leave_it(self) -> None:
        """Go back from this very screen: at once, or when it is not covered any more; if it has gone, from no other."""
        self._leaves = self.app.screen is not self
        if not self._leaves and len(self.app.screen_stack) > 1:
            self.app.pop_screen()

    def confirm(self, title: str, question: str, then: Callable[[], None]) -> None:
        """Ask, and do it only after a `y`."""
        from app.screens.dialogs import Confirm

        self.app.push_screen(Confirm(title, question), lambda sure: then() if sure else None)

    def compare_with_recording(self, replay_id: str) -> None:
        """Hold a replay against the recording that its playbook comes from."""
        core = self.core
        in_thread(self, lambda: RecordingFound(core.recording_of(replay_id), replay_id), group="recording")

    @on(RecordingFound)
    def open_comparison_with(self, event: RecordingFound) -> None:
        """Both are known now."""
        self.book.open_comparison(event.run_id, event.replay_id)

    def on_screen_resume(self) -> None:
        """Show what goes on wherever one is."""
        self.tell_going_on(*self.book.going_on)

        if self._leaves:
            self.app.call_later(self.leave_it)
        asks, self._asks = self._asks, []
        for ask in asks:
            ask()

    def when_shown(self, ask: Callable[[], object]) -> None:
        """Ask something as soon as this is the screen that is shown: over another one nobody knows what it is about."""
        if self.book.shown_screen is self:
            ask()
        else:
            self._asks.append(ask)
            self.note_unseen()

    def note_unseen(self) -> None:
        """It wants something of the person, and is not shown; those that go on unseen tell of it."""

    def tell_going_on(self, *words: str) -> None:
        """Say in the first line what goes on, most important first; without a word nothing does."""
        self.title_bar.going_on(*words)

    def take_fact(self, fact: Message) -> None:
        """An errand ended while this screen was shown, or under a dialog; those that it concerns do more.

        Args:
            fact: What came of it.
        """
        from app.screens.endings import ending_of

        ending = ending_of(fact)
        if ending.said:
            self.say(ending.said, severity="information" if ending.good else "warning")

    def take_news(self) -> None:
        """Others of the team have done something; screens that would show it read it."""

    @on(Refused)
    def show_refusal(self, event: Refused) -> None:
        """One clear line; the screen stays as it was."""
        self.say(event.reason, severity="error")

    @on(Exported)
    def show_exported(self, event: Exported) -> None:
        """Say where it is."""
        self.say(f"✓ wrote {event.path}")
