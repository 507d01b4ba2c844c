"""The shell pane of the Record screen: a terminal through whose past keys can move."""

from typing import ClassVar

from textual.binding import BindingType

from app.actions import Area, actions_in, bindings
from app.widgets.terminal_pane import TerminalPane

LOOKING = frozenset(action.method for action in actions_in(Area.SCROLLBACK))


class ShellPane(TerminalPane):
    """While somebody looks back, keys are theirs and not the program's."""

    BINDINGS: ClassVar[list[BindingType]] = bindings(Area.SCROLLBACK)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Keys that move through the past are the program's at other times."""
        return self.looking.by_keys if action in LOOKING else super().check_action(action, parameters)

    def look_back(self) -> None:
        """Give keys to whoever looks back."""
        self.looking.begin()
        self._moved()

    def search(self, wanted: str) -> bool:
        """Look for a text, from the cursor towards the oldest row.

        Args:
            wanted: Capitals count if there is one in it.

        Returns:
            Whether it is there.
        """
        self.looking.begin()
        there = self.looking.search(wanted)
        self._moved()
        return there

    def action_look_left(self) -> None:
        """A cell to the left."""
        self._move(columns=-1)

    def action_look_right(self) -> None:
        """A cell to the right."""
        self._move(columns=1)

    def action_look_up(self) -> None:
        """A row up."""
        self._move(rows=-1)

    def action_look_down(self) -> None:
        """A row down."""
        self._move(rows=1)

    def action_look_page_up(self) -> None:
        """A page up."""
        self._move(rows=-self._page)

    def action_look_page_down(self) -> None:
        """A page down."""
        self._move(rows=self._page)

    def action_look_oldest(self) -> None:
        """All the way up."""
        self.looking.to_edge(end=False)
        self._moved()

    def action_look_newest(self) -> None:
        """All the way down."""
        self.looking.to_edge(end=True)
        self._moved()

    def action_look_search(self) -> None:
        """Ask for a text."""
        self.post_message(self.Asked("search-back"))

    def action_look_next(self) -> None:
        """Further into the past."""
        self.looking.next_match(back=True)
        self._moved()

    def action_look_previous(self) -> None:
        """Back towards now."""
        self.looking.next_match(back=False)
        self._moved()

    def action_look_select(self) -> None:
        """From here on."""
        self.looking.select()
        self._moved()

    def action_look_copy(self) -> None:
        """What is selected; without a selection nothing but to go."""
        self._copy()
        self.action_look_leave()

    def action_look_leave(self) -> None:
        """Back to the program, and to what it shows now."""
        self.looking.leave()
        self._scroll(None)
        self._moved()

    @property
    def _page(self) -> int:
        return max(self.size.height - 1, 1)

    def _move(self, *, columns: int = 0, rows: int = 0) -> None:
        self.looking.move(columns=columns, rows=rows)
        self._moved()

    def _moved(self) -> None:
        self._redraw()
        self.refresh_bindings()
        self.post_message(self.Looked())
