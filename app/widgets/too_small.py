"""What shows in place of a screen in a terminal that has no room for it."""

from textual import events
from textual.widgets import Static

QUITS = "ctrl+q"


class TooSmall(Static, can_focus=True):
    """One clear line, and a focus that takes the keys: none may act on what can't be seen."""

    def allow_focus(self) -> bool:
        """While it is shown only: a screen of one picture has nothing else that could have the focus."""
        return super().allow_focus() and self.display

    def on_key(self, event: events.Key) -> None:
        """Only leaving is possible."""
        if event.key != QUITS:
            event.stop()
            event.prevent_default()
