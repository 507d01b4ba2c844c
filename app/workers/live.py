"""Carries what a live session says to a screen, a frame's worth at a time, without ever holding up the event loop."""

import asyncio
from collections.abc import Callable

from textual.message import Message

from app.sessions import LiveSession
from app.workers.session_facts import SessionPrinted, SessionTold
from capture.wire import Detached, Ended, HostFailed, Output

DRAIN_SECONDS = 0.008
"""Longest time that one wake-up reads."""
FLOOD_BYTES = 1 << 15
"""So much is drawn at once; in a flood, keys get their turn in between."""
FRAME_SECONDS = 1 / 60
"""Output that came within a frame is drawn at once."""
KEY_SECONDS = 0.06
"""So long a flood stands still behind a key: what the key does takes several turns of the loop."""


class LiveReader:
    """Reads one session on the event loop, from `attach` until it ended or `detach`."""

    def __init__(
        self, session: LiveSession, tell: Callable[[Message], object], *, pressed: Callable[[], float] = lambda: 0.0
    ) -> None:
        """Read nothing yet.

        Args:
            session: Whose file descriptor to wait for.
            tell: Takes the messages.
            pressed: When a key was pressed last, on the loop's clock.
        """
        self._session = session
        self._tell = tell
        self._pressed = pressed
        self._loop: asyncio.AbstractEventLoop | None = None
        self._pending = bytearray()
        self._due: asyncio.TimerHandle | None = None
        self._drawn = 0.0

    def attach(self, loop: asyncio.AbstractEventLoop) -> None:
        """Begin to read."""
        self._loop = loop
        loop.add_reader(self._session.fileno(), self._readable)
        self._readable()

    def detach(self) -> None:
        """Stop reading; what is pending is told."""
        if self._loop is None:
            return
        self._loop.remove_reader(self._session.fileno())
        self._flush()
        self._loop = None

    def _readable(self) -> None:
        loop = self._loop
        if loop is None:
            return
        until = loop.time() + DRAIN_SECONDS
        while len(self._pending) < FLOOD_BYTES and (message := self._session.receive(0)) is not None:
            if isinstance(message, Output):
                self._pending += message.data
            else:
                self._flush()
                self._tell(SessionTold(message))
            if isinstance(message, Detached | Ended | HostFailed):
                self.detach()
                return
            if loop.time() >= until:
                loop.call_soon(self._readable)
                break
        if len(self._pending) >= FLOOD_BYTES:
            loop.remove_reader(self._session.fileno())
            self._flush(more=True)
        else:
            self._schedule(loop)

    def go_on(self) -> None:
        """What came last of a flood has been taken: read on, once a key that was pressed has had its turns."""
        if self._loop is not None:
            self._loop.call_at(self._pressed() + KEY_SECONDS, self._read_on)

    def _read_on(self) -> None:
        if self._loop is not None:
            self._loop.add_reader(self._session.fileno(), self._readable)
            self._readable()

    def _schedule(self, loop: asyncio.AbstractEventLoop) -> None:
        """Draw now when the last frame is over, else at its end."""
        if self._pending and self._due is None:
            self._due = loop.call_at(max(loop.time(), self._drawn + FRAME_SECONDS), self._flush)

    def _flush(self, *, more: bool = False) -> None:
        if self._due is not None:
            self._due.cancel()
            self._due = None
        if self._pending and self._loop is not None:
            self._drawn = self._loop.time()
            self._tell(SessionPrinted(bytes(self._pending), more=more))
            self._pending.clear()
