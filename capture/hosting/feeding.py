"""The terminal in the host's loop: read while somebody can take it, typed into while something waits."""

import selectors
from collections.abc import Callable, Iterator

from capture.terminal import PseudoTerminal


class Feed:
    """Registers the terminal for just what can be done with it.

    Args:
        terminal: The terminal.
        selector: Woken by it.
        printed: Takes what it prints.
    """

    def __init__(
        self, terminal: PseudoTerminal, selector: selectors.BaseSelector, printed: Callable[[bytes], None]
    ) -> None:
        self._terminal = terminal
        self._selector = selector
        self._printed = printed
        self._alive = True
        self._listening = 0

    def listen(self, *, hold: bool) -> None:
        """Wait for what can be done now.

        Args:
            hold: Leave unread what it prints.
        """
        events = selectors.EVENT_WRITE if self._terminal.unsent and self._alive else 0
        if self._alive and not hold:
            events |= selectors.EVENT_READ
        if events == self._listening:
            return
        self._forget()
        if events:
            self._selector.register(self._terminal, events, self._ready)
        self._listening = events

    def rest(self) -> Iterator[bytes]:
        """The last of what it prints; it is not listened to any more."""
        self._forget()
        while data := self._terminal.read():
            yield data

    def _forget(self) -> None:
        if self._listening:
            self._selector.unregister(self._terminal)
            self._listening = 0

    def _ready(self, events: int) -> None:
        if events & selectors.EVENT_WRITE:
            self._terminal.send_more()
        if events & selectors.EVENT_READ:
            data = self._terminal.read()
            self._alive = data is not None
            if data:
                self._printed(data)
