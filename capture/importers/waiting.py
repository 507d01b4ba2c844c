"""What was called and said, in order, held back until each call's end is known."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Generic, NamedTuple, TypeVar

from capture.importers.foreign import LeftOut
from capture.provenance import Speaker
from capture.trace import Input

MOST_WAITING, MOST_HELD = 2000, 32 << 20
"""Entries, and characters of output, that wait for a call whose end has not come."""


class Said(NamedTuple):
    """Something was said."""

    speaker: Speaker
    text: str
    at: datetime | None
    where: str
    """The line of the file, for people."""


@dataclass(eq=False, kw_only=True)
class Pending:
    """A call, until it is written down; each format adds what it knows of one."""

    where: str
    """The line of the file, for people."""
    at: datetime | None
    until: datetime | None = None
    output: str = ""
    truncated: bool = False
    inputs: list[Input] = field(default_factory=list)
    apart: bool = False
    """Whether another one had begun and not ended when it began, or the other way round."""
    ended: bool = False


One = TypeVar("One", bound=Pending)


class Waiting(Generic[One]):
    """The line.

    Args:
        write: Writes one down; in the order in which they came.
        left_out: Hears of what can wait no longer.
    """

    def __init__(self, write: Callable[[One | Said], None], left_out: LeftOut) -> None:
        self._write = write
        self._left_out = left_out
        self._line: deque[One | Said] = deque()
        self._running: list[One] = []
        self._held = 0

    def add(self, one: One | Said) -> None:
        """Put one at the end."""
        if not isinstance(one, Said):
            self._running = [other for other in self._running if not other.ended]
            for other in self._running:
                other.apart = one.apart = True
            self._running.append(one)
        self._line.append(one)
        self.flush()

    def grew(self, size: int) -> None:
        """So many characters of output came."""
        self._held += size

    def flush(self) -> None:
        """Write down whatever waits for nothing any more."""
        while self._line and (self._is_whole(self._line[0]) or self._is_too_much()):
            one = self._line.popleft()
            if not isinstance(one, Said):
                self._held = max(0, self._held - len(one.output))
                if not one.ended:
                    one.ended = True
                    self._left_out.note("calls whose end comes very late, or never, have what came before", one.where)
            self._write(one)

    def finish(self) -> bool:
        """Write down all; whether every call had ended."""
        whole = True
        while self._line:
            one = self._line.popleft()
            if not isinstance(one, Said) and not one.ended:
                one.ended, whole = True, False
                self._left_out.note("calls whose end the file does not tell are kept without one", one.where)
            self._write(one)
        return whole

    def _is_whole(self, one: One | Said) -> bool:
        return isinstance(one, Said) or one.ended

    def _is_too_much(self) -> bool:
        return len(self._line) > MOST_WAITING or self._held > MOST_HELD
