"""A document while a person writes it: keys, values and placeholders told apart, each mistake at its line."""

import re
from collections.abc import Mapping
from typing import ClassVar

from rich.text import Text
from textual import events
from textual.widgets import TextArea

from capture.printable import printable

INDENT = 2
"""Spaces."""
_LINE = re.compile(r"^(?P<lead>[ ]*(?:- )?[ ]*)(?P<key>[\w.-]+:)?(?=\s|$)")
_COMMENT = re.compile(r"(?:^|(?<=\s))#.*$")
_PLACEHOLDER = re.compile(r"\{\{[^{}]*\}\}")
_OPENS = re.compile(r"(?:^\s*-\s+.*|.*):\s*(?:[|>][-+0-9]*)?\s*$")


class DocumentArea(TextArea):
    """YAML; tab indents, enter keeps the indentation."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"document--key", "document--mask", "document--comment", "document--wrong"}
    DEFAULT_CSS = """
    DocumentArea {
        border: none;
        padding: 0;
        scrollbar-size: 0 1;
        background: $background;
        &:focus { border: none; }
        & > .document--key { color: $text-primary; }
        & > .document--mask { color: $text-accent; text-style: italic; }
        & > .document--comment { color: $text-muted; }
        & > .document--wrong { color: $text-error; text-style: bold underline; }
    }
    """

    def __init__(self) -> None:
        """Begin empty."""
        super().__init__(soft_wrap=False, show_line_numbers=True, tab_behavior="focus", highlight_cursor_line=False)
        self._wrong: Mapping[int, int] = {}

    @property
    def wrong(self) -> Mapping[int, int]:
        """Lines with a mistake, and the column where it begins, counted from 1."""
        return self._wrong

    def mark(self, wrong: Mapping[int, int]) -> None:
        """Show where the text is wrong.

        Args:
            wrong: Lines and columns, counted from 1.
        """
        if wrong != self._wrong:
            self._wrong = wrong
            self.notify_style_update()
            self.refresh()

    def go_to(self, line: int, column: int = 1) -> None:
        """Put the cursor somewhere, and show a few lines above it.

        Args:
            line: Counted from 1.
            column: Counted from 1.
        """
        at = min(max(line - 1, 0), self.document.line_count - 1)
        self.move_cursor((at, min(column - 1, len(self.document.get_line(at)))), center=True)

    def get_line(self, line_index: int) -> Text:
        """A line as it is drawn: what a terminal would obey is never in it, and it has as many characters."""
        line = self.document.get_line(line_index)
        if printable(line) != line:
            line = "".join(each if printable(each) == each else "\ufffd" for each in line)
        text = Text(line, end="", no_wrap=True)
        if line_index + 1 in self._wrong:
            begin = min(self._wrong[line_index + 1] - 1, max(len(line.rstrip()) - 1, 0))
            text.stylize(self.get_component_rich_style("document--wrong", partial=True), begin)
            return text
        key = _LINE.match(line)
        if key and key["key"]:
            text.stylize(self.get_component_rich_style("document--key", partial=True), *key.span("key"))
        for pattern, name in ((_PLACEHOLDER, "document--mask"), (_COMMENT, "document--comment")):
            for found in pattern.finditer(line):
                text.stylize(self.get_component_rich_style(name, partial=True), *found.span())
        return text

    def on_resize(self) -> None:
        """The cursor stays in sight."""
        self.call_after_refresh(self.scroll_cursor_visible)

    async def _on_key(self, event: events.Key) -> None:
        """Indent, and keep indented."""
        line, column = self.cursor_location
        before = self.document.get_line(line)[:column]
        if event.key == "tab":
            inserted = " " * (INDENT - column % INDENT)
        elif event.key == "enter":
            inserted = "\n" + " " * indent_after(before)
        else:
            await super()._on_key(event)
            return
        event.stop()
        event.prevent_default()
        self._restart_blink()
        self._replace_via_keyboard(inserted, *self.selection)


def indent_after(line: str) -> int:
    """How far the line behind one begins to the right: below a dash stand the item's other fields.

    Args:
        line: What stands before the cursor.

    Returns:
        Cells.
    """
    bare = line.lstrip(" ")
    indent = len(line) - len(bare) + (INDENT if bare.startswith("- ") else 0)
    return indent + (INDENT if _OPENS.match(line) and not bare.startswith("#") else 0)
