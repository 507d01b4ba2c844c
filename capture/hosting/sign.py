"""Lets others see whether somebody sits at a session, and whether it is paused."""

import contextlib
import os
from collections.abc import Callable
from pathlib import Path

from capture.hosting.attachment import Attachment
from capture.tape.presence import Presence, announce, note
from capture.wire import SessionSpec


class Sign:
    """The lock of a run, held while it is recorded, with who records it written in.

    Args:
        spec: What was started.
        front: The front end.
        paused: Whether nothing is recorded; asked once the recording has begun.
    """

    def __init__(self, spec: SessionSpec, front: Attachment, *, paused: Callable[[], bool]) -> None:
        self._spec = spec
        self._front = front
        self._paused = paused
        self._lock: int | None = None
        self._written: tuple[bool, bool] | None = None

    def put_up(self, path: Path) -> None:
        """Take the lock; nothing is recorded yet, so nothing is paused.

        Args:
            path: Of the lock.
        """
        self._lock = announce(path, self._presence(paused=False))

    def write(self) -> None:
        """Write how it stands, if that has changed."""
        now = self._front.attached, self._paused()
        if self._lock is not None and self._written != now:
            self._written = now
            with contextlib.suppress(OSError):
                note(self._lock, self._presence(paused=now[1]))

    def take_down(self) -> None:
        """Give the lock back, if it was taken."""
        if self._lock is not None:
            os.close(self._lock)

    def _presence(self, *, paused: bool) -> Presence:
        return Presence(
            address=self._front.address,
            pid=os.getpid(),
            machine=os.uname().nodename,
            attached=self._front.attached,
            kept=self._spec.keep_on_detach,
            paused=paused,
        )
