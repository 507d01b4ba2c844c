"""Gives the terminal back as it was found, however the screen ends: by a key, a signal, a fault or a kill."""

import asyncio
import contextlib
import os
import signal
import sys
import termios
from collections.abc import Iterator
from functools import partial
from typing import Any, Protocol

ENDING = (signal.SIGTERM, signal.SIGHUP)
"""What a person or a system sends to a program that is to end."""
AS_SIGNALLED = 128
"""What shells add to a signal's number to make an exit code of it."""
_OFF = b"".join(
    (
        b"\x1b[<u",  # keys are told as they are by nature
        *(b"\x1b[?%dl" % mode for mode in (1000, 1002, 1003, 1015, 1006, 1016, 2004, 2048, 1004, 2026)),
        b"\x1b[0m\x1b[?1049l\x1b[?7h\x1b[?25h",
    )
)
"""Switches off what Textual has switched on."""


class Ending(Protocol):
    """A screen that runs until it is told to end."""

    async def run_async(self) -> object:
        """Run to the end."""
        ...

    def exit(self, *, return_code: int) -> None:
        """End in order."""
        ...


def run(app: Ending) -> None:
    """Run a screen; a signal that wants an end makes it end in order, a session in it running on.

    Args:
        app: Not yet run.
    """
    with asyncio.Runner() as runner:
        for number in ENDING:
            runner.get_loop().add_signal_handler(number, partial(app.exit, return_code=AS_SIGNALLED + number))
        runner.run(app.run_async())


@contextlib.contextmanager
def minded() -> Iterator[None]:
    """While inside, another process minds the terminal: it gives it back when this one is killed.

    Enter it before any thread is started.
    """
    terminal = sys.__stderr__.fileno() if sys.__stderr__ else -1
    if not os.isatty(terminal):
        yield
        return
    before, group = termios.tcgetattr(terminal), os.getpgrp()
    told, tell = os.pipe()
    minder = os.fork()
    if minder == 0:
        try:
            _mind(terminal, told, before, group)
        finally:
            os._exit(0)
    os.close(told)
    try:
        yield
    finally:
        os.write(tell, b".")
        os.close(tell)
        os.waitpid(minder, 0)


def _mind(terminal: int, told: int, before: Any, group: int) -> None:
    """Wait until the other process has ended, and clean up behind it unless it said that it did so itself."""
    # In a group of its own it outlives a kill of the whole job, and is no part of what the user's shell waits for.
    os.setpgid(0, 0)
    for number in (*ENDING, signal.SIGINT, signal.SIGTTOU):
        signal.signal(number, signal.SIG_IGN)
    for standard in (0, 1, 2):
        os.dup2(terminal, standard)
    os.dup2(told, 3)
    os.closerange(4, os.sysconf("SC_OPEN_MAX"))
    if os.read(3, 1):
        return
    with contextlib.suppress(OSError, termios.error):
        os.write(1, _OFF)
        # A shell that has the terminal again has set it up for itself by now.
        if os.tcgetpgrp(1) == group:
            termios.tcsetattr(1, termios.TCSANOW, before)
