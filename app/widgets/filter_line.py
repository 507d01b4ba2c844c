"""One line under a list that narrows it while it is typed."""

from typing import ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widgets import Input

from app.widgets.one_line import OneLine
from app.widgets.prose import piece


class FilterLine(OneLine):
    """Hidden while it is empty and not typed into; enter goes back to the list, escape clears it first."""

    DEFAULT_CSS = """
    FilterLine {
        display: none;
        height: 1;
        border: none;
        padding: 0 1;
        background: $panel;
        &:focus { border: none; background-tint: $primary 25%; }
        &.-open { display: block; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "clear_filter", "clear", show=False)]

    class Narrowed(Message):
        """Another text stands in it."""

        def __init__(self, text: str) -> None:
            """Say which."""
            super().__init__()
            self.text = text

        def can_replace(self, message: Message) -> bool:
            """The last text is enough."""
            return isinstance(message, FilterLine.Narrowed)

    class Left(Message):
        """The person goes back to the list."""

    def __init__(self, hint: str, *, id: str | None = None) -> None:  # noqa: A002 - Textual's own name
        """Begin hidden.

        Args:
            hint: What can be typed.
            id: For style sheets and queries.
        """
        super().__init__(placeholder=piece(hint).text, id=id, select_on_focus=False)
        self.typing = False
        """Whether keys are meant for it, be they on their way to another widget still."""

    def open(self) -> None:
        """Type into it."""
        self.typing = True
        self.add_class("-open")
        self.focus()

    @on(Input.Changed)
    def tell(self, event: Input.Changed) -> None:
        """Narrow while it is typed."""
        event.stop()
        self.post_message(self.Narrowed(event.value))

    @on(Input.Submitted)
    def leave(self, event: Input.Submitted) -> None:
        """Keep it."""
        event.stop()
        self._leave()

    def action_clear_filter(self) -> None:
        """Let everything show again."""
        self.value = ""
        self._leave()

    def on_blur(self) -> None:
        """Keys go elsewhere."""
        self.typing = False

    def _leave(self) -> None:
        self.typing = False
        self.set_class(bool(self.value), "-open")
        self.post_message(self.Left())
