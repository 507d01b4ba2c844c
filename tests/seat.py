"""A terminal that a person sits at: a real PTY with `replaybook` in its foreground, typed at and looked at by tests."""

import contextlib
import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import termios
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Self

from capture.home import Home
from capture.modes import Modes
from capture.tape.presence import Presence
from capture.tape.reader import host_of, is_recording, load_run, run_ids
from tests.forking import Forked, forking
from tests.program import COMMAND

PATIENCE_S = 60.0
"""Nothing here takes long; a machine under load may."""

FORKS = True
"""Whether our program begins as a fork; what is measured begins as its user begins it."""

PRESS_AGAIN_S = 3.0
"""A person presses a key again where nothing came of it."""


class Seat:
    """One terminal and the program on it; ours begins as a fork, where nothing is done `before`."""

    def __init__(
        self,
        argv: Sequence[str | Path],
        *,
        cwd: Path,
        size: tuple[int, int] = (80, 24),
        environment: Mapping[str, str] | None = None,
        before: Callable[[], object] | None = None,
    ) -> None:
        self._master, slave = pty.openpty()
        self.resize(*size)
        self._untouched = termios.tcgetattr(slave)
        self.seen = b""
        """All that was printed."""
        self._looked_to = 0

        variables = {**os.environ, **(environment or {})}
        self.process: subprocess.Popen[bytes] | Forked
        if FORKS and argv[0] == COMMAND and before is None and forking().fits(variables):
            self.process = forking().sit(argv, cwd=cwd, environment=variables, terminal=slave)
        else:
            self.process = _started(argv, cwd, variables, slave, before)
        self._slave = slave

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.leave()

    @property
    def restored(self) -> bool:
        """Whether the terminal is as it was found: its line discipline, and what programs switch on by sequences."""
        modes = Modes()
        modes.feed(self.seen)
        return termios.tcgetattr(self._slave) == self._untouched and modes.on == b""

    def resize(self, columns: int, rows: int) -> None:
        fcntl.ioctl(self._master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def type(self, text: str | bytes) -> None:
        os.write(self._master, text.encode() if isinstance(text, str) else text)

    def wait_for(self, text: str | bytes) -> None:
        """Until it was printed, behind what was waited for before."""
        wanted = text.encode() if isinstance(text, str) else text
        give_up = time.monotonic() + PATIENCE_S
        while (found := self.seen.find(wanted, self._looked_to)) < 0:
            assert time.monotonic() < give_up, (wanted, self.seen[-2000:])
            self._read(0.2)
        self._looked_to = found + len(wanted)

    def run(self, command: str) -> None:
        """Type a command and wait until it has come to its end."""
        self.type(f"{command}; echo do''ne\r")
        self.wait_for("done\r\n")

    def over(self, *, pressing: str = "") -> int:
        """Its exit code, once it has ended; negative for a signal.

        Args:
            pressing: Keys that end it, pressed again where nothing comes of them.
        """
        began = time.monotonic()
        presses = 0
        while self.process.poll() is None:
            waited = time.monotonic() - began
            assert waited < PATIENCE_S, self.seen[-2000:]
            if pressing and waited >= presses * PRESS_AGAIN_S:
                self.type(pressing)
                presses += 1
            self._read(0.05)
        while self._read(0.0):
            pass
        return self.process.returncode

    def kill(self, number: int = signal.SIGKILL) -> None:
        self.process.send_signal(number)

    def close_terminal(self) -> None:
        """As a window is closed: what sits in it is hung up on."""
        for end in (self._slave, self._master):
            os.close(end)
        self._master = self._slave = -1

    def leave(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            self.process.send_signal(signal.SIGKILL)
        if self._master >= 0:
            self.close_terminal()
        self.process.wait()

    def look(self, timeout: float) -> None:
        """Read what is printed, waiting for it at most so long."""
        self._read(timeout)

    def _read(self, timeout: float) -> bytes:
        data = b""
        if select.select([self._master], [], [], timeout)[0]:
            with contextlib.suppress(OSError):
                data = os.read(self._master, 65536)
        self.seen += data
        return data


def _started(
    argv: Sequence[str | Path],
    cwd: Path,
    environment: Mapping[str, str],
    terminal: int,
    before: Callable[[], object] | None,
) -> subprocess.Popen[bytes]:
    def take() -> None:
        fcntl.ioctl(0, termios.TIOCSCTTY, 0)
        if before is not None:
            before()

    return subprocess.Popen(
        list(argv),
        cwd=cwd,
        env=environment,
        stdin=terminal,
        stdout=terminal,
        stderr=terminal,
        start_new_session=True,
        preexec_fn=take,  # noqa: PLW1509 - no threads here, and the terminal must be the child's own
    )


def replaybook(home: Path, *arguments: str, cwd: Path, **more: Any) -> Seat:
    return Seat([COMMAND, "--home", home, *arguments], cwd=cwd, **more)


def hosts(home: Path) -> Iterator[tuple[str, Presence]]:
    """The runs that are being recorded, and what their hosts say of themselves."""
    where = Home(home)
    for run_id in run_ids(where):
        if is_recording(where, run_id) and (presence := host_of(where, run_id)) is not None:
            yield run_id, presence


def until(condition: Callable[[], object]) -> None:
    """Wait for what must become true elsewhere."""
    give_up = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < give_up, condition
        select.select([], [], [], 0.02)


def end_all(home: Path) -> None:
    """No host outlives its test."""
    for run_id, presence in hosts(home):
        for number in (signal.SIGCONT, signal.SIGKILL):
            with contextlib.suppress(ProcessLookupError):
                os.kill(presence.pid, number)
        until(lambda run=run_id: not is_recording(Home(home), run))  # type: ignore[misc] # its own run
        load_run(Home(home), run_id)
