"""Small questions over a screen: a line of text, a yes that is a letter, a text to read."""

from collections.abc import Callable, Iterable
from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input, Static, TextArea

from app.widgets.lines import Lines
from app.widgets.prose import Row, Tone, content, piece
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


class AskText(ModalScreen[str | None]):
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
            yield Input(value=piece(self._value).text, password=self._secret)
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


class EditText(ModalScreen[str | None]):
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


class Confirm(ModalScreen[bool]):
    """A question that `y` answers; every other key means no."""

    DEFAULT_CSS = f"Confirm {{ {FRAME} }}"

    def __init__(self, title: str, question: str) -> None:
        """Ask.

        Args:
            title: Of the frame.
            question: What would happen, in a sentence.
        """
        super().__init__()
        self._title, self._question = title, question

    def compose(self) -> ComposeResult:
        """The question."""
        with Vertical(id="frame") as frame:
            frame.border_title = content([piece(self._title)])
            frame.border_subtitle = content([piece("y yes · any other key no")])
            yield Static(content([piece(self._question)]), markup=False)

    def on_key(self, event: events.Key) -> None:
        """Letters only, so that enter confirms nothing."""
        event.stop()
        self.dismiss(event.key == "y")


class YesOrNo(ModalScreen[bool | None]):
    """A question that `y` or `n` answers; None when the person would rather not say."""

    DEFAULT_CSS = f"YesOrNo {{ {FRAME} }}"

    def __init__(self, title: str, question: str) -> None:
        """Ask.

        Args:
            title: Of the frame.
            question: What is to be decided.
        """
        super().__init__()
        self._title, self._question = title, question

    def compose(self) -> ComposeResult:
        """The question."""
        with Vertical(id="frame") as frame:
            frame.border_title = content([piece(self._title)])
            frame.border_subtitle = content([piece("y yes · n no · esc not now")])
            yield Static(content([piece(self._question)]), markup=False)

    def on_key(self, event: events.Key) -> None:
        """Letters only."""
        event.stop()
        if event.key in ANSWERS:
            self.dismiss(ANSWERS[event.key])


class Reading(ModalScreen[None]):
    """A text to scroll through."""

    DEFAULT_CSS = f"Reading {{ {FRAME} #frame {{ width: 84; }} Lines {{ height: auto; max-height: 100%; }} }}"
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
