"""The user's own terminal while a session has it: raw inside, and as it was found whatever happens."""

import contextlib
import os
import signal
import socket
import sys
import termios
import tty
from collections.abc import Iterator
from types import FrameType

from app.terminals import is_dumb
from capture.modes import Modes

_LEAVING = (signal.SIGTERM, signal.SIGHUP, signal.SIGINT, signal.SIGTSTP)
_NOTICED = (signal.SIGWINCH, signal.SIGCONT)
_NEW_SCREEN = b"\x1b[H\x1b[2J"


class SignalledError(Exception):
    """A signal wants this process to give the terminal back.

    Attributes:
        number: Which one.
    """

    def __init__(self, number: int) -> None:
        super().__init__(signal.Signals(number).name)
        self.number = signal.Signals(number)


class UserTerminal:
    """Standard input and output, both a terminal. Made by `held`."""

    def __init__(self, bell: socket.socket) -> None:
        self.keys = sys.stdin.fileno()
        """Where the user types."""
        self.bell = bell
        """Readable when size or foreground changed; call `woken` then."""
        self._screen = sys.stdout.fileno()
        self._modes = Modes()
        self.ended = False
        """Whether the shell has left the terminal as it wants it; else its last line stands open."""

    @property
    def size(self) -> tuple[int, int]:
        """Columns and rows."""
        # Not shutil: COLUMNS and LINES may be exported, and do not follow this terminal.
        size = os.get_terminal_size(self._screen)
        return size.columns, size.lines

    @property
    def full_screen(self) -> bool:
        """Whether a line of ours would land in the middle of a program's screen."""
        return self._modes.alternate_screen

    def show(self, data: bytes) -> None:
        """Show what the recorded terminal printed."""
        self._modes.feed(data)
        self._write(data)

    def begin_screen(self, data: bytes) -> None:
        """Show a screen that began elsewhere; what was on this one scrolls away.

        On a terminal that can't move its cursor nothing can be put where it stood.
        """
        if is_dumb(os.environ.get("TERM")):
            self.say("attached; enter shows the prompt")
            return
        self._write(b"\r\n" * self.size[1] + _NEW_SCREEN)
        self.show(data)

    def say(self, line: str) -> None:
        """A line of our own, between what the recorded terminal prints."""
        self._write(f"\r\n{line}\r\n".encode())

    def typed(self, limit: int) -> bytes:
        """What the user typed; empty when the terminal is gone."""
        try:
            return os.read(self.keys, limit)
        except OSError:
            return b""

    def woken(self) -> bool:
        """Take note of what rang the bell; whether this process was stopped, and others wrote on the screen."""
        with contextlib.suppress(BlockingIOError):
            if signal.SIGCONT in self.bell.recv(4096):
                tty.setraw(self.keys, termios.TCSANOW)
                return True
        return False

    def restore(self) -> None:
        """Switch off what programs left on."""
        with contextlib.suppress(OSError):
            self._write(self._modes.off + (b"" if self.ended else b"\r\n"))

    def _write(self, data: bytes) -> None:
        view = memoryview(data)
        while view:
            view = view[os.write(self._screen, view) :]


@contextlib.contextmanager
def held() -> Iterator[UserTerminal]:
    """Take the user's terminal, and give it back however the block is left.

    Raises:
        SignalledError: In the block, when this process is told to end or to stop.
    """
    ours, theirs = socket.socketpair()
    for end in (ours, theirs):
        end.setblocking(False)
    terminal = UserTerminal(ours)
    before = termios.tcgetattr(terminal.keys)
    handlers = {number: signal.getsignal(number) for number in (*_LEAVING, *_NOTICED)}
    fd_before = signal.set_wakeup_fd(theirs.fileno(), warn_on_full_buffer=False)
    try:
        for number in _NOTICED:
            signal.signal(number, lambda *_: None)
        for number in _LEAVING:
            signal.signal(number, _leave)
        tty.setraw(terminal.keys, termios.TCSANOW)
        yield terminal
    finally:
        for number in _LEAVING:
            signal.signal(number, signal.SIG_IGN)
        terminal.restore()
        with contextlib.suppress(termios.error):
            termios.tcsetattr(terminal.keys, termios.TCSANOW, before)
        signal.set_wakeup_fd(fd_before)
        for number, handler in handlers.items():
            signal.signal(number, handler)
        ours.close()
        theirs.close()


def _leave(number: int, _frame: FrameType | None) -> None:
    """Only the first: the terminal must be given back undisturbed."""
    for other in _LEAVING:
        signal.signal(other, signal.SIG_IGN)
    raise SignalledError(number)
