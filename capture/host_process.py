"""The process of a host, as its front end sees it: waited for without looking again and again."""

import os
import select
import signal
import struct
import subprocess
import time
from collections.abc import Callable
from math import ceil
from typing import Protocol

NUMBER = struct.Struct(">I")
"""A length or a process id on the way to and from `capture.forking`."""


class HostProcess(Protocol):
    """A host that was started from here."""

    @property
    def pid(self) -> int:
        """Its process id."""
        ...

    def ended(self, timeout_s: float) -> bool:
        """Wait for its end.

        Args:
            timeout_s: How long.

        Returns:
            Whether it has ended.
        """
        ...

    def kill(self) -> None:
        """End it at once and wait until it has."""
        ...

    def leave(self, timeout_s: float) -> None:
        """It has said that it ends: nobody needs it any more.

        Args:
            timeout_s: How long it gets before it is killed.
        """
        ...


class ChildProcess:
    """A host that is a child of this process.

    Args:
        child: Just started.
    """

    def __init__(self, child: "subprocess.Popen[bytes]") -> None:
        self._child = child

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._child.pid

    def ended(self, timeout_s: float) -> bool:
        """Wait for its end."""
        if hasattr(os, "pidfd_open") and self._child.poll() is None:
            # Popen.wait sleeps up to 50 ms between two looks.
            descriptor = os.pidfd_open(self._child.pid)
            try:
                _is_readable(descriptor, timeout_s)
            finally:
                os.close(descriptor)
            timeout_s = 0
        try:
            self._child.wait(timeout_s)
        except subprocess.TimeoutExpired:
            return False
        return True

    def kill(self) -> None:
        """End it at once."""
        self._child.kill()
        self._child.wait()

    def leave(self, timeout_s: float) -> None:
        """Wait for its end: it is a child."""
        if not self.ended(timeout_s):
            self.kill()


class ForkedProcess:
    """A host that was forked elsewhere.

    Args:
        pid: Its process id.
        descriptor: Of the process (`pidfd_open(2)`); this one closes it.
        take_back: Sees to it that it ends.
    """

    def __init__(self, pid: int, descriptor: int, take_back: Callable[["ForkedProcess", float], None]) -> None:
        self.pid = pid
        """Its process id."""
        self._descriptor: int | None = descriptor
        self._take_back = take_back

    def ended(self, timeout_s: float) -> bool:
        """Wait for its end."""
        if self._descriptor is not None and _is_readable(self._descriptor, timeout_s):
            os.close(self._descriptor)
            self._descriptor = None
        return self._descriptor is None

    def kill(self) -> None:
        """End it at once."""
        if self._descriptor is not None:
            signal.pidfd_send_signal(self._descriptor, signal.SIGKILL)
            while not self.ended(1.0):
                pass

    def leave(self, timeout_s: float) -> None:
        """Give it back to who had it forked, and go on."""
        self._take_back(self, timeout_s)


def _is_readable(descriptor: int, timeout_s: float) -> bool:
    poll = select.poll()
    poll.register(descriptor, select.POLLIN)
    give_up = time.monotonic() + timeout_s
    return bool(poll.poll(ceil(max(0.0, give_up - time.monotonic()) * 1000)))
