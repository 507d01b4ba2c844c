"""What the screen is told of a session that is being recorded, as facts in the past tense."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from textual.message import Message

if TYPE_CHECKING:
    from app.sessions import LiveSession
    from capture.trace import Note, Step
    from capture.wire import Message as SessionMessage


class SessionStarted(Message):
    """The shell is there."""

    def __init__(
        self, session: LiveSession, *, screen: bytes = b"", steps: Sequence[Step] = (), notes: Sequence[Note] = ()
    ) -> None:
        """Carry the handle, and what was before it of a session that was left running."""
        super().__init__()
        self.session, self.screen, self.steps, self.notes = session, screen, steps, notes


class SessionPrinted(Message):
    """A frame's worth of output came."""

    def __init__(self, data: bytes, *, more: bool = False) -> None:
        """Carry the bytes.

        Args:
            data: As they came.
            more: The reader waits with the next ones until `LiveReader.go_on` is called.
        """
        super().__init__()
        self.data = data
        self.more = more


class SessionTold(Message):
    """Something else than output happened in the session."""

    def __init__(self, told: SessionMessage) -> None:
        """Carry the fact."""
        super().__init__()
        self.told = told
