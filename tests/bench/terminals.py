"""A terminal that reads as fast as it can and keeps nothing: what a program that runs on it is timed by."""

import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import termios
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Self

from app.emulator import picture
from app.ghostty import Ghostty

READ_SIZE = 65536
PATIENCE_S = 180.0
_TAIL = 16384


class OuterTerminal:
    """Runs a program; `until` waits for what it shows.

    Args:
        argv: The program.
        environment: All of its variables.
        size: Columns and rows.
    """

    def __init__(
        self, argv: Sequence[str | Path], environment: Mapping[str, str], size: tuple[int, int] = (100, 30)
    ) -> None:
        self.pid, self._master = pty.fork()
        if self.pid == 0:
            _become([str(word) for word in argv], environment)
        columns, rows = size
        fcntl.ioctl(self._master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self._tail = b""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def type(self, text: str) -> float:
        """Type; returns the moment, in seconds of `time.perf_counter`."""
        os.write(self._master, text.encode())
        return time.perf_counter()

    def until(self, *wanted: bytes) -> float:
        """Read until one of these has come since the last call; returns the moment."""
        give_up = time.perf_counter() + PATIENCE_S
        while not any(text in self._tail for text in wanted):
            assert time.perf_counter() < give_up, f"never saw {wanted}: {self._tail[-400:]!r}"
            self._tail = self._tail[-_TAIL:] + self._read(1.0)
        now = time.perf_counter()
        self._tail = b""
        return now

    def drain(self, seconds: float) -> None:
        """Read for so long."""
        until = time.perf_counter() + seconds
        while (left := until - time.perf_counter()) > 0:
            self._read(left)
        self._tail = b""

    def silence(self, seconds: float = 0.3) -> None:
        """Read until nothing has come for so long."""
        while self._read(seconds):
            pass
        self._tail = b""

    def close(self) -> None:
        """Hang up, and wait until the program is gone."""
        with suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGHUP)
        give_up = time.perf_counter() + 10
        while os.waitpid(self.pid, os.WNOHANG) == (0, 0):
            if time.perf_counter() > give_up:
                os.kill(self.pid, signal.SIGKILL)
            self._read(0.05)
        os.close(self._master)

    def _read(self, seconds: float) -> bytes:
        if not select.select([self._master], [], [], max(0.0, seconds))[0]:
            return b""
        try:
            return os.read(self._master, READ_SIZE)
        except OSError:
            # The program is gone; who waits for more must not spin.
            select.select([], [], [], min(0.05, seconds))
            return b""


class ShownTerminal(OuterTerminal):
    """One with a screen: what a program drew piece by piece is read from there.

    Args:
        argv: The program.
        environment: All of its variables.
        size: Columns and rows.
    """

    def __init__(
        self, argv: Sequence[str | Path], environment: Mapping[str, str], size: tuple[int, int] = (100, 30)
    ) -> None:
        super().__init__(argv, environment, size)
        self._screen = Ghostty(*size)
        self.received = 0
        """Bytes that the program has sent so far."""

    def text(self) -> str:
        """What it shows now, line by line."""
        return "\n".join(picture(self._screen).text)

    def drain_once(self) -> None:
        """Read what has come, or wait a second for it."""
        self._read(1.0)

    def until_shows(self, wanted: str) -> float:
        """Read until it shows this somewhere; returns the moment."""
        give_up = time.perf_counter() + PATIENCE_S
        while wanted not in self.text():
            assert time.perf_counter() < give_up, f"never showed {wanted!r}:\n{self.text()}"
            self._read(1.0)
        return time.perf_counter()

    def take(self, most: int) -> None:
        """Read no more than so many bytes, and wait for none."""
        if select.select([self._master], [], [], 0)[0]:
            self._screen.feed(os.read(self._master, most))

    def _read(self, seconds: float) -> bytes:
        data = super()._read(seconds)
        self._screen.feed(data)
        self.received += len(data)
        return data


def _become(argv: list[str], environment: Mapping[str, str]) -> None:
    try:
        os.execvpe(argv[0], argv, dict(environment))  # noqa: S606 - a terminal's program is one process
    finally:
        os._exit(127)


@contextmanager
def tmux(environment: Mapping[str, str], folder: Path, command: str) -> Iterator[OuterTerminal]:
    """The same command in a tmux of its own, shown on an outer terminal."""
    server = ["tmux", "-S", str(folder / "tmux"), "-f", "/dev/null"]
    with OuterTerminal([*server, "new-session", command], environment) as terminal:
        try:
            yield terminal
        finally:
            subprocess.run([*server, "kill-server"], env=environment, check=True)


def processor_seconds(pids: Sequence[int]) -> float:
    """User and system time that processes have used so far (Linux)."""
    ticks = 0
    for pid in pids:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def resident_bytes(pid: int) -> tuple[int, int]:
    """Memory that a process holds now, and the most that it has held (Linux)."""
    status = dict(line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines())
    return int(status["VmRSS"].split()[0]) << 10, int(status["VmHWM"].split()[0]) << 10


def descendants(pid: int) -> list[int]:
    """Children of a process and theirs (Linux)."""
    found: list[int] = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in map(int, task.read_text().split()):
            found += [child, *descendants(child)]
    return found


def host_of(home: Path) -> int:
    """The process that records into a home (Linux)."""
    lock = next((home / "runs").glob("*/host.lock")).stat().st_ino
    for line in Path("/proc/locks").read_text().splitlines():
        fields = line.split()
        if fields[1] == "FLOCK" and int(fields[5].split(":")[-1]) == lock:
            return int(fields[4])
    raise AssertionError(f"nobody records into {home}")
