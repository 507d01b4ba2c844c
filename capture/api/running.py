"""Runs one command line in a shell of its own, on a terminal as a replay's is."""

import errno
import fcntl
import os
import pty
import selectors
import signal
import struct
import subprocess
import termios
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, suppress
from secrets import token_hex
from typing import NamedTuple

from capture.errors import HostError
from capture.trace import LEFT_OUT

_PIECE = 1 << 16
KEPT_BYTES = 16 << 20
"""Of what a command prints, the beginning that is kept, and again the end."""
_LOOK_S = 0.05
_PATIENCE_S = 2.0
_UNWAITED = os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK | os.O_CLOEXEC
_SIGNALLED = 128


class Ran(NamedTuple):
    """What came of a command."""

    printed: bytes
    """Standard output and standard error as they came."""
    exit_code: int
    """As a shell reports it: 128 and the number of the signal that ended it."""
    timed_out: bool
    """Whether its time limit ended it."""
    stopped: bool
    """Whether whoever ran it did not want it any more."""
    dropped: int
    """Bytes in the middle of what it printed that are not kept."""


class Heard:
    """What a command printed: all of it, or its beginning and its end."""

    def __init__(self) -> None:
        self.dropped = 0
        """Bytes in between that are gone."""
        self._head, self._tail = bytearray(), bytearray()

    def add(self, piece: bytes) -> None:
        """Take more."""
        room = max(0, KEPT_BYTES - len(self._head))
        self._head += piece[:room]
        self._tail += piece[room:]
        if len(self._tail) > 2 * KEPT_BYTES:
            self._cut()

    def all(self) -> bytes:
        """What is kept."""
        if self.dropped:
            self._cut()
            return b"".join((self._head, LEFT_OUT.encode(), self._tail))
        return bytes(self._head + self._tail)

    def _cut(self) -> None:
        self.dropped += len(self._tail) - KEPT_BYTES
        del self._tail[:-KEPT_BYTES]


def run_command(
    argv: Sequence[str],
    *,
    cwd: str,
    environment: Mapping[str, str],
    size: tuple[int, int] | None,
    timeout_s: float | None,
    stop: int | None = None,
) -> Ran:
    """Run a command and wait until it ends; what it left running in the background goes on, unheard.

    It reads nothing: its standard input is empty.

    Args:
        argv: The program and its arguments.
        cwd: Working directory.
        environment: All of its variables.
        size: Columns and rows of its terminal; None: it prints into a pipe.
        timeout_s: Seconds after which all of its process group is killed; None: never.
        stop: A descriptor; all of it is killed at once when that can be read.

    Returns:
        What came of it.

    Raises:
        HostError: It can't be started.
    """
    with ExitStack() as closing:
        source, sink = _channel(size)
        closing.callback(os.close, source)
        # A terminal stays open here, and is written without waiting: by which what came is told from what may come.
        own = (
            None if size is None else os.open(os.ttyname(sink), os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK | os.O_CLOEXEC)
        )
        if own is not None:
            closing.callback(os.close, own)
        try:
            process = _started(argv, cwd, environment, sink)
        finally:
            os.close(sink)
        try:
            heard = Heard()
            timed_out, stopped = _heard(process, source, heard, timeout_s=timeout_s, stop=stop)
            if own is None:
                _take_what_is_there(source, heard)
            else:
                _take_up_to_now(source, own, heard)
        except BaseException:
            # Interrupted: nobody would ever wait for it again.
            _kill(process)
            process.wait()
            raise
    code = process.returncode
    return Ran(heard.all(), _SIGNALLED - code if code < 0 else code, timed_out, stopped, heard.dropped)


def _started(argv: Sequence[str], cwd: str, environment: Mapping[str, str], sink: int) -> "subprocess.Popen[bytes]":
    """A command on its way, in a session of its own; what it prints goes to the sink."""
    try:
        return subprocess.Popen(
            argv,
            cwd=cwd,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=sink,
            stderr=sink,
            start_new_session=True,
        )
    except (OSError, ValueError) as error:
        raise HostError(f"{argv[0]} can't be started in {cwd}: {error}; {_remedy(error)}") from error


def _remedy(error: OSError | ValueError) -> str:
    if isinstance(error, OSError):
        return "put it into a file and run that" if error.errno == errno.E2BIG else "check both"
    return "take out what no command can hold"


def _channel(size: tuple[int, int] | None) -> tuple[int, int]:
    """Where it is heard, and where it prints."""
    if size is None:
        return os.pipe()
    source, sink = pty.openpty()
    columns, rows = size
    fcntl.ioctl(sink, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
    return source, sink


def _heard(
    process: subprocess.Popen[bytes], source: int, heard: Heard, *, timeout_s: float | None, stop: int | None
) -> tuple[bool, bool]:
    """Hear a process until it ends; returns whether its time limit, or whoever ran it, ended it."""
    until = None if timeout_s is None else time.monotonic() + timeout_s
    timed_out = stopped = False
    with ExitStack() as closing:
        selector = closing.enter_context(selectors.DefaultSelector())
        selector.register(source, selectors.EVENT_READ)
        ended = _end_of(process.pid)
        if ended is not None:
            closing.callback(os.close, ended)
            selector.register(ended, selectors.EVENT_READ)
        if stop is not None:
            selector.register(stop, selectors.EVENT_READ)
        while process.poll() is None:
            wait = None if until is None else max(0.0, until - time.monotonic())
            if wait == 0.0:
                timed_out, until = True, None
                _kill(process)
            ready = _take_from(selector, source, heard, wait if ended is not None else min(wait or _LOOK_S, _LOOK_S))
            if stop in ready and stop is not None:
                stopped = True
                selector.unregister(stop)
                _kill(process)
    return timed_out, stopped


def _take_from(selector: selectors.BaseSelector, source: int, heard: Heard, wait: float | None) -> set[int]:
    """Wait and read once; returns what can be read, the source only where something came from it."""
    ready = {key.fd for key, _ in selector.select(wait)}
    if source in ready and not _take(source, heard):
        selector.unregister(source)
        ready.discard(source)
    return ready


def _take_what_is_there(pipe: int, heard: Heard) -> None:
    """Read what is in a pipe, and nothing that comes meanwhile: somebody in the background may print for ever."""
    left = struct.unpack("i", fcntl.ioctl(pipe, termios.FIONREAD, b"\0\0\0\0"))[0]
    while left > 0 and (piece := os.read(pipe, min(left, _PIECE))):
        heard.add(piece)
        left -= len(piece)


def _take_up_to_now(source: int, own: int, heard: Heard) -> None:
    """Read what was printed on a terminal until now, some of it on its way yet: a sign printed behind it comes last."""
    sign = token_hex(16).encode()
    unsaid, came = sign, b""
    give_up = time.monotonic() + _PATIENCE_S
    with selectors.DefaultSelector() as selector:
        selector.register(source, selectors.EVENT_READ)
        while sign not in came and time.monotonic() < give_up:
            with suppress(BlockingIOError):
                unsaid = unsaid[os.write(own, unsaid) :] if unsaid else unsaid
            heard.add(came[: -len(sign)])
            came = came[-len(sign) :]
            if selector.select(_LOOK_S):
                came += os.read(source, _PIECE)
    heard.add(came.partition(sign)[0])


def _take(source: int, heard: Heard) -> bool:
    """Read once; returns whether more may come."""
    try:
        piece = os.read(source, _PIECE)
    except OSError as error:
        # So a terminal tells that nobody holds its other end any more.
        if error.errno != errno.EIO:
            raise
        return False
    heard.add(piece)
    return bool(piece)


def _end_of(pid: int) -> int | None:
    """A descriptor that can be read once the process has ended; None where the system has no such thing."""
    opened = getattr(os, "pidfd_open", None)
    with suppress(OSError):
        return None if opened is None else int(opened(pid))
    return None


def _kill(process: subprocess.Popen[bytes]) -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
