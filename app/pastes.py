"""Takes what is pasted as it was read, in pieces: Textual asks of each character what it may begin, for seconds."""

from collections.abc import Iterable

from textual import events
from textual._xterm_parser import XTermParser
from textual.message import Message

BEGINS, ENDS = "\x1b[200~", "\x1b[201~"
"""Stand around what is pasted."""


class PastingParser(XTermParser):
    """Textual's parser of what a terminal sends."""

    _pasted: list[str] | None = None
    """What came of a paste that has not ended; its last few characters may begin its end."""

    def feed(self, data: str) -> Iterable[Message]:
        """Take what was read; nothing: there is no more."""
        if not data:
            yield from super().feed(data)
        while data:
            if self._pasted is None:
                before, begins, data = data.partition(BEGINS)
                if before:
                    yield from super().feed(before)
                self._pasted = [""] if begins else None
            else:
                held = self._pasted.pop() + data
                pasted, ends, data = held.partition(ENDS)
                if not ends:
                    self._pasted += [held[: -len(ENDS)], held[-len(ENDS) :]]
                    return
                yield events.Paste("".join([*self._pasted, pasted]).replace("\x00", ""))
                self._pasted = None
