"""The user's own terminal, wired to a recorded session."""

import os
import selectors
import shutil
import signal
import sys
import termios
import tty
from collections.abc import Iterator
from contextlib import contextmanager

from app.cli.shared import narrate
from app.core import Core
from capture.errors import BadInputError, HostError
from capture.session import Ended, HostFailed, Message, Output, Session
from capture.trace import Trace

READ_SIZE = 65536


def record_here(core: Core, *, name: str | None, goal: str | None, cwd: str, shell: str) -> Trace:
    """Record this very terminal until the shell exits.

    Raises:
        BadInputError: Standard input or output is no terminal.
    """
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise BadInputError("record needs a terminal; to record without one give --script FILE")
    size = shutil.get_terminal_size()
    session = core.new_session(name=name, goal=goal, cwd=cwd, shell=shell, columns=size.columns, rows=size.lines)
    narrate(f"recording {session.spec.run_id}; leave with exit or ctrl-D")
    try:
        with _raw_terminal(), _resizing(session):
            _pump(session)
    finally:
        session.close()
    return core.trace(session.spec.run_id)


def _pump(session: Session) -> None:
    """Carry keys in and output out until the session ends."""
    with selectors.DefaultSelector() as selector:
        selector.register(sys.stdin.fileno(), selectors.EVENT_READ)
        selector.register(session.fileno(), selectors.EVENT_READ)
        while True:
            for key, _ in selector.select():
                if key.fd == sys.stdin.fileno():
                    session.send_keys(os.read(key.fd, READ_SIZE))
                elif _drain(session):
                    return


def _drain(session: Session) -> bool:
    """Show what came; whether that was all."""
    message: Message | None = session.receive(timeout=0)
    while message is not None:
        match message:
            case Output(data=data):
                _write_all(data)
            case Ended():
                return True
            case HostFailed(message=reason):
                raise HostError(reason)
            case _:
                pass
        message = session.receive(timeout=0)
    return False


def _write_all(data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(sys.stdout.fileno(), view) :]


@contextmanager
def _raw_terminal() -> Iterator[None]:
    """Every key goes to the recorded shell; the terminal is put back whatever happens."""
    descriptor = sys.stdin.fileno()
    before = termios.tcgetattr(descriptor)
    try:
        tty.setraw(descriptor)
        yield
    finally:
        termios.tcsetattr(descriptor, termios.TCSADRAIN, before)


@contextmanager
def _resizing(session: Session) -> Iterator[None]:
    """The recorded terminal follows the size of this one."""

    def follow(*_: object) -> None:
        size = shutil.get_terminal_size()
        session.resize(size.columns, size.lines)

    before = signal.signal(signal.SIGWINCH, follow)
    try:
        yield
    finally:
        signal.signal(signal.SIGWINCH, before)
