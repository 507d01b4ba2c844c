"""A list with a cursor and nothing else: what a key does with the line under it is the screen's affair."""

from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.widgets import OptionList


class Choices(OptionList, inherit_bindings=False):
    """An option list in the program's look; enter is left to the screen."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down", "cursor_down", "down", show=False),
        Binding("up", "cursor_up", "up", show=False),
        Binding("home", "first", "first", show=False),
        Binding("end", "last", "last", show=False),
        Binding("pagedown", "page_down", "page down", show=False),
        Binding("pageup", "page_up", "page up", show=False),
    ]
    DEFAULT_CSS = """
    Choices {
        height: 1fr;
        border: none;
        padding: 0;
        background: transparent;
        scrollbar-size-vertical: 1;
        text-wrap: nowrap;
        text-overflow: ellipsis;
        & > .option-list--option { padding: 0; }
        & > .option-list--option-highlighted {
            background: $panel;
            color: $foreground;
            text-style: none;
        }
        &:focus {
            border: none;
            & > .option-list--option-highlighted {
                background: $primary 35%;
                color: $foreground;
                text-style: bold;
            }
        }
    }
    """
