"""Small questions over a screen: a line of text, a yes that is a letter, a text to read."""

from collections.abc import Callable, Iterable, Sequence
from typing import ClassVar, Generic, TypeVar, cast

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import Input, Static, TextArea

from app.approval import DEAD_SECONDS, Refusal
from app.book import Book
from app.screens.dialog import Dialog
from app.widgets.lines import Lines
from app.widgets.one_line import OneLine
from app.widgets.prose import Row, Tone, content, piece, rows
from capture.printable import printable

ANSWERS = {"y": True, "n": False, "escape": None}
FRAME = """
    align: center middle;
    & > #frame {
        width: 72;
        max-width: 94%;
        height: auto;
        max-height: 90%;
        padding: 1 2;
        background: $surface;
        border: round $primary;
        border-title-color: $text-primary;
        border-subtitle-color: $text-muted;
    }
"""
FITTED = f"{FRAME} Lines {{ height: auto; max-height: 100%; }}"
"""A frame around a text that is as high as the text is."""


Said = TypeVar("Said")


class Deliberate(Dialog[Said], Generic[Said]):
    """A question that one key answers: keys that were typed before it could be read answer nothing.

    One that comes by itself, and not at a person's key, is deaf a moment longer, and until all of it was on the screen.
    """

    def __init__(self, title: str, question: str | Sequence[Row], *, sudden: bool = False) -> None:
        """Ask.

        Args:
            title: Of the frame.
            question: What is to be decided, as text of any number of lines or as rows.
            sudden: Whether it comes by itself.
        """
        super().__init__()
        self._title, self._sudden = title, sudden
        self._rows = rows(question) if isinstance(question, str) else list(question)
        self._from = float("inf")
        self.lines = Lines()
        """The question."""

    def on_mount(self) -> None:
        """Show it; from now, or soon, keys count."""
        self.lines.show(self._rows)
        self.lines.focus()
        self._from = self._book.clock() + (DEAD_SECONDS if self._sudden else 0.0)

    def meant(self, at: float, *, yes: bool = True) -> bool:
        """Whether a key that was pressed then may answer; all must have been seen to say yes to it."""
        unread = yes and self._sudden and not self.lines.whole_seen
        if unread and at >= self._from:
            self.notify(Refusal.UNSEEN, severity="warning", markup=False)
        return at >= self._from and not unread

    @property
    def _book(self) -> Book:
        return cast("Book", self.app)


class AskText(Dialog[str | None]):
    """One line of text; None when the person thought better of it."""

    DEFAULT_CSS = f"AskText {{ {FRAME} #frame > Input {{ margin-top: 1; }} #told {{ height: auto; }} }}"
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "leave", "cancel")]

    def __init__(
        self,
        title: str,
        question: str,
        *,
        value: str = "",
        secret: bool = False,
        optional: bool = False,
        problem: Callable[[str], str | None] = lambda _: None,
    ) -> None:
        """Ask.

        Args:
            title: Of the frame.
            question: What is wanted, in a sentence.
            value: To begin with.
            secret: Whether typing is hidden.
            optional: Whether no text is an answer too.
            problem: Says what is wrong with an answer and what to do; that answer is not taken.
        """
        super().__init__()
        self._title, self._question = title, question
        self._value, self._secret, self._optional = value, secret, optional
        self._problem = problem
        self.told = Static(id="told", markup=False)
        """What is wrong with the answer."""

    def compose(self) -> ComposeResult:
        """Question and input."""
        with Vertical(id="frame") as frame:
            frame.border_title = content([piece(self._title)])
            frame.border_subtitle = content([piece("enter takes it · esc cancels")])
            yield Static(content([piece(self._question, Tone.DIM)]), markup=False)
            yield OneLine(value=piece(self._value).text, password=self._secret)
            yield self.told

    @on(Input.Submitted)
    def take(self, event: Input.Submitted) -> None:
        """Empty text is no answer, unless it was said to be one."""
        event.stop()
        problem = self._problem(event.value)
        self.told.update(content([piece(problem or "", Tone.BAD)]))
        if problem is None and (self._optional or event.value.strip()):
            self.dismiss(event.value)

    def action_leave(self) -> None:
        """Cancel."""
        self.dismiss(None)


class EditText(Dialog[str | None]):
    """Text of several lines; None when the person thought better of it."""

    DEFAULT_CSS = f"EditText {{ {FRAME} #frame > TextArea {{ margin-top: 1; height: 8; }} }}"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "cancel", priority=True),
        Binding("ctrl+s", "take", "take", priority=True),
    ]

    def __init__(self, title: str, question: str, *, value: str) -> None:
        """Ask.

        Args:
            title: Of the frame.
            question: What is wanted, in a sentence.
            value: To begin with.
        """
        super().__init__()
        self._title, self._question = title, question
        self.text = TextArea(printable(value), tab_behavior="focus", soft_wrap=True)
        """What is edited."""

    def compose(self) -> ComposeResult:
        """Question and text."""
        with Vertical(id="frame") as frame:
            frame.border_title = content([piece(self._title)])
            frame.border_subtitle = content([piece("ctrl+s takes it · esc cancels")])
            yield Static(content([piece(self._question, Tone.DIM)]), markup=False)
            yield self.text

    def on_mount(self) -> None:
        """Write at the end."""
        self.text.focus()
        self.text.move_cursor(self.text.document.end)

    def action_take(self) -> None:
        """Empty text is no answer."""
        if self.text.text.strip():
            self.dismiss(self.text.text.strip("\n"))

    def action_leave(self) -> None:
        """Cancel."""
        self.dismiss(None)


class Confirm(Deliberate[bool]):
    """A question that `y` answers; every other key means no."""

    DEFAULT_CSS = f"Confirm {{ {FITTED} }}"

    def compose(self) -> ComposeResult:
        """The question."""
        with Vertical(id="frame") as frame:
            frame.border_title = content([piece(self._title)])
            frame.border_subtitle = content([piece("y yes · any other key no")])
            yield self.lines

    def on_key(self, event: events.Key) -> None:
        """Letters only, so that enter confirms nothing."""
        event.stop()
        if self.meant(self._book.when(event)):
            self.dismiss(event.key == "y")


class YesOrNo(Deliberate[bool | None]):
    """A question that `y` or `n` answers; None when the person would rather not say."""

    DEFAULT_CSS = f"YesOrNo {{ {FITTED} }}"

    def compose(self) -> ComposeResult:
        """The question."""
        with Vertical(id="frame") as frame:
            frame.border_title = content([piece(self._title)])
            frame.border_subtitle = content([piece("y yes · n no · esc not now")])
            yield self.lines

    def on_key(self, event: events.Key) -> None:
        """Letters only; all others scroll."""
        if event.key not in ANSWERS:
            return
        event.stop()
        if self.meant(self._book.when(event), yes=event.key == "y"):
            self.dismiss(ANSWERS[event.key])


class Reading(Dialog[None]):
    """A text to scroll through."""

    DEFAULT_CSS = f"Reading {{ {FITTED} #frame {{ width: 84; }} }}"
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,q,question_mark,enter", "leave", "close")]

    def __init__(self, title: str, rows: Iterable[Row]) -> None:
        """Show.

        Args:
            title: Of the frame.
            rows: The text.
        """
        super().__init__()
        self._title, self._rows = title, list(rows)
        self.lines = Lines()
        """The text."""

    def compose(self) -> ComposeResult:
        """The text."""
        with Vertical(id="frame") as frame:
            frame.border_title = content([piece(self._title)])
            frame.border_subtitle = content([piece("esc closes")])
            yield self.lines

    def on_mount(self) -> None:
        """Fill it."""
        self.lines.show(self._rows)

    def action_leave(self) -> None:
        """Close."""
        self.dismiss(None)
