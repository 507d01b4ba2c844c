"""Wakes the host's loop: a signal came, or another thread has something to tell."""

import contextlib
import selectors
import signal
import socket
from collections.abc import Callable


class Bell:
    """What a signal handler and a thread may ring.

    Args:
        selector: Woken by it.
        rung: Called in the loop after it rang.
    """

    def __init__(self, selector: selectors.BaseSelector, rung: Callable[[], None]) -> None:
        self._selector = selector
        self._rung = rung
        self._wake, self._bell = socket.socketpair()
        self.terminated = False
        """Whether this process was asked to end."""

    def listen_to_signals(self) -> None:
        """A child's end and the wish to end ring from here on; closing the terminal and ctrl-C mean others."""
        for end in (self._wake, self._bell):
            end.setblocking(False)
        signal.set_wakeup_fd(self._bell.fileno(), warn_on_full_buffer=False)
        for number in (signal.SIGCHLD, signal.SIGTERM):
            signal.signal(number, lambda *_: None)
        for number in (signal.SIGHUP, signal.SIGINT):
            signal.signal(number, signal.SIG_IGN)
        self._selector.register(self._wake, selectors.EVENT_READ, self._woken)

    def ring(self) -> None:
        """May be called on any thread."""
        with contextlib.suppress(OSError):
            self._bell.send(b"\0")

    def _woken(self, _events: int) -> None:
        with contextlib.suppress(BlockingIOError):
            self.terminated = signal.SIGTERM in self._wake.recv(4096) or self.terminated
        self._rung()
