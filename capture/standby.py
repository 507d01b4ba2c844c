"""Keeps a process beside a front end that forks its hosts (`capture.forking`), for those who replay again and again."""

import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib import import_module
from pathlib import Path
from typing import Protocol

from capture.errors import HostError
from capture.host_process import NUMBER, ForkedProcess

LEAVE_S = 5.0
"""How long a host gets to end when nothing goes on beside it."""
LEAVING = 8
"""So many hosts may be ending while others begin."""
_CAN_FORK = hasattr(os, "pidfd_open")
_lock = threading.Lock()
_kept: "list[Standby]" = []


class Child(Protocol):
    """The process."""

    @property
    def pid(self) -> int:
        """Its id."""
        ...

    def wait(self) -> int:
        """Wait for its end."""
        ...


class Copy:
    """A copy of this process that becomes such a one.

    Args:
        ours: This side of its control socket.
        theirs: Its side.
    """

    def __init__(self, ours: socket.socket, theirs: socket.socket) -> None:
        self.pid = os.fork()
        """Its id."""
        if self.pid == 0:
            try:
                ours.close()
                _stand_apart()
                import_module("capture.forking").serve(theirs)
            finally:
                # What this process would do at its end is not the copy's to do.
                os._exit(0)

    def wait(self) -> int:
        """Wait for its end."""
        return os.waitpid(self.pid, 0)[1]


def _stand_apart() -> None:
    """Leave the terminal, the directory and the name of who was copied."""
    os.setsid()
    os.chdir("/")
    nowhere = os.open(os.devnull, os.O_RDWR)
    for standard in range(3):
        os.dup2(nowhere, standard)
    os.close(nowhere)
    with suppress(OSError):
        # Who ends all processes of a name means the front end: hosts close their runs by themselves.
        Path("/proc/self/comm").write_text("recording-host", encoding="ascii")


def _spawned(theirs: socket.socket, environment: dict[str, str]) -> Child:
    return subprocess.Popen(
        [sys.executable, "-P", "-m", "capture.forking", str(theirs.fileno())],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        pass_fds=[theirs.fileno()],
        start_new_session=True,
        cwd="/",
        env=environment,
    )


class Standby:
    """A front end's handle on such a process, which is started when it is first needed."""

    def __init__(self) -> None:
        self._control: socket.socket | None = None
        self._child: Child | None = None
        self._leaving: list[ForkedProcess] = []

    def fork(self, spec: bytes, listener: socket.socket, log: int, environment: dict[str, str]) -> ForkedProcess:
        """Start a host.

        Args:
            spec: The JSON of its `SessionSpec`.
            listener: Where front ends attach.
            log: Descriptor of the file that takes its last words.
            environment: Of the process, when it is not there yet.

        Returns:
            The host.

        Raises:
            HostError: The process is gone and can't be started.
        """
        with _lock:
            for known in (self._control, None):
                control = known or self._start(environment)
                try:
                    socket.send_fds(control, [NUMBER.pack(len(spec))], [listener.fileno(), log])
                    control.sendall(spec)
                    told, descriptors, _, _ = socket.recv_fds(control, NUMBER.size, 1)
                except OSError:
                    descriptors = []
                if descriptors:
                    return ForkedProcess(NUMBER.unpack(told)[0], descriptors[0], self._take_back)
                self._stop()
        raise HostError("no recording host can be started; run `replaybook doctor`")

    def begin(self, environment: dict[str, str], *, fresh: bool = False) -> None:
        """Start the process before it is needed, and wait for nothing: it reads ahead by itself.

        Args:
            environment: Of the process; when it is there already it keeps its own.
            fresh: This one has just begun, with no thread and no file open: the other begins as a copy, so that
                neither reads what both need.
        """
        with _lock:
            if self._control is None:
                self._start(environment, fresh=fresh and threading.active_count() == 1)

    def close(self) -> None:
        """End it, and see the hosts end that it forked and that nobody needs any more."""
        with _lock:
            for host in self._leaving:
                if not host.ended(LEAVE_S):
                    host.kill()
            self._leaving.clear()
            self._stop()

    def _take_back(self, host: ForkedProcess, timeout_s: float) -> None:
        """Let a host end by itself; only when there are many, wait for the one that began to first."""
        with _lock:
            self._leaving = [one for one in self._leaving if not one.ended(0)]
            self._leaving.append(host)
            first = self._leaving[0] if len(self._leaving) > LEAVING else None
        if first is not None and not first.ended(timeout_s):
            first.kill()

    def _start(self, environment: dict[str, str], *, fresh: bool = False) -> socket.socket:
        self._control, theirs = socket.socketpair()
        with theirs:
            self._child = Copy(self._control, theirs) if fresh else _spawned(theirs, environment)
        return self._control

    def _stop(self) -> None:
        if self._control is not None and self._child is not None:
            self._control.close()
            self._child.wait()
        self._control = self._child = None


@contextmanager
def standing_by() -> Iterator[None]:
    """While inside, hosts that carry out replays are forked from one process that is kept, where the system can."""
    if _kept or not _CAN_FORK:
        yield
        return
    standby = Standby()
    _kept.append(standby)
    try:
        yield
    finally:
        _kept.remove(standby)
        standby.close()


def kept() -> Standby | None:
    """The one of this process; None outside of `standing_by`."""
    return _kept[0] if _kept else None
