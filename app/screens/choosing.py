"""Two questions with more than one line: which of these, and which values."""

from collections.abc import Callable, Mapping, Sequence
from typing import ClassVar, NamedTuple

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.events import DescendantFocus
from textual.widget import Widget
from textual.widgets import Input, Static

from app.screens.dialog import Dialog
from app.screens.dialogs import FRAME
from app.widgets.one_line import OneLine
from app.widgets.prose import Piece, Tone, content, piece
from app.widgets.shelf import Shelf

Given = Mapping[str, str]


class Choose(Dialog[str | None]):
    """One of several things; None when the person thought better of it."""

    DEFAULT_CSS = f"""
    Choose {{ {FRAME}
        #frame {{ width: 84; }}
        #frame > Shelf {{ margin-top: 1; height: auto; max-height: 14; }}
    }}
    """
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "leave", "cancel"), Binding("enter", "take", "take")]

    def __init__(self, title: str, question: str, shelf: Shelf, rows: Sequence[tuple[str, Sequence[Piece]]]) -> None:
        """Ask.

        Args:
            title: Of the frame.
            question: What is wanted, in a sentence.
            shelf: Shows the rows; it has their header.
            rows: A key, then a mark and one cell a column.
        """
        super().__init__()
        self._title, self._question = title, question
        self.shelf, self._rows = shelf, rows
        """What there is to choose from."""

    def compose(self) -> ComposeResult:
        """Question and list."""
        with Vertical(id="frame") as frame:
            frame.border_title = content([piece(self._title)])
            frame.border_subtitle = content([piece("enter takes it · esc cancels")])
            yield Static(content([piece(self._question, Tone.DIM)]), markup=False)
            yield self.shelf

    def on_mount(self) -> None:
        """Fill it."""
        self.shelf.show(self._rows)
        self.shelf.focus()

    @on(Shelf.Chosen)
    def chosen(self, event: Shelf.Chosen) -> None:
        """A row was taken."""
        event.stop()
        self.dismiss(event.key)

    def action_take(self) -> None:
        """Take the row under the cursor."""
        self.shelf.choose()

    def action_leave(self) -> None:
        """Cancel."""
        self.dismiss(None)


class Field(NamedTuple):
    """One line of a form."""

    name: str
    about: str
    """What it is, beside its name."""
    value: str
    """To begin with."""
    hint: str
    """Shown while it is empty: what that means."""
    secret: bool
    """Whether typing is hidden."""
    problem: Callable[[str], str | None]
    """Says what is wrong with a text that is not empty."""


class Form(Dialog[Given | None]):
    """Several lines of text; the empty ones are left out, and None when the person thought better of it."""

    DEFAULT_CSS = f"""
    Form {{ {FRAME}
        #fields {{ height: auto; max-height: 68vh; scrollbar-size-vertical: 1; }}
        .field {{ height: auto; margin-top: 1; }}
        Input {{ border: none; height: 1; padding: 0 1; background: $panel; }}
        Input:focus {{ border: none; background-tint: $primary 25%; }}
        #told {{ height: auto; margin-top: 1; }}
    }}
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "cancel"),
        Binding("ctrl+s", "take", "take", priority=True),
        # First, or lines that don't fit would be scrolled instead.
        Binding("down", "app.focus_next", "next", show=False, priority=True),
        Binding("up", "app.focus_previous", "previous", show=False, priority=True),
    ]

    def __init__(self, title: str, fields: Sequence[Field]) -> None:
        """Ask.

        Args:
            title: Of the frame.
            fields: At least one.
        """
        super().__init__()
        self._title, self._fields = title, fields
        self.inputs: list[Input] = [
            OneLine(value=piece(one.value).text, placeholder=piece(one.hint).text, password=one.secret)
            for one in fields
        ]
        """One a field."""
        self.told = Static(id="told", markup=False)
        """What is wrong with an answer."""

    def compose(self) -> ComposeResult:
        """Names and inputs."""
        with Vertical(id="frame") as frame:
            frame.border_title = content([piece(self._title)])
            frame.border_subtitle = content([piece("enter next · ctrl+s takes them · esc cancels")])
            with VerticalScroll(id="fields", can_focus=False):
                for one, line in zip(self._fields, self.inputs, strict=True):
                    label = [piece(one.name, Tone.STRONG), piece(f"  {one.about}", Tone.DIM)]
                    with Vertical(classes="field"):
                        yield Static(content(label), markup=False)
                        yield line
            yield self.told

    def on_mount(self) -> None:
        """Begin at the top."""
        self.inputs[0].focus()

    def on_descendant_focus(self, event: DescendantFocus) -> None:
        """Show what a line is for together with the line."""
        named = event.widget.parent
        if isinstance(named, Widget):
            self.call_after_refresh(named.scroll_visible, animate=False)

    @on(Input.Submitted)
    def go_on(self, event: Input.Submitted) -> None:
        """To the next line; from the last one take all."""
        event.stop()
        at = self.inputs.index(event.input)
        if at + 1 < len(self.inputs):
            self.inputs[at + 1].focus()
        else:
            self.action_take()

    def action_take(self) -> None:
        """Take them when none is wrong; else say what is, at the first one that is."""
        for one, line in zip(self._fields, self.inputs, strict=True):
            problem = one.problem(line.value) if line.value else None
            if problem:
                self.told.update(content([piece(f"✗ {one.name}: {problem}", Tone.BAD)]))
                line.focus()
                return
        given = zip(self._fields, self.inputs, strict=True)
        self.dismiss({one.name: line.value for one, line in given if line.value})

    def action_leave(self) -> None:
        """Cancel."""
        self.dismiss(None)
