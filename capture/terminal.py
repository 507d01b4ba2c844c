"""The pseudo-terminal: pexpect spawns the shell on it and reaps it, the live stream is read from its descriptor."""

import contextlib
import fcntl
import os
import select
import signal
import termios
import time
from array import array
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pexpect

from capture import processes
from capture.errors import HostError
from capture.processes import Process
from capture.spawning import Spawned

READ_SIZE = 1 << 16
FLOOD = 4095
"""Bytes that the kernel hands over at once while a program prints faster than it is read."""
FLOOD_MS = 2
"""So long a flood's next piece is waited for: few large reads cost less than many small ones."""
_LOCAL_FLAGS = 3
_OPEN_PEER = 0x5441
"""Linux's TIOCGPTPEER, which `termios` does not name."""


class PseudoTerminal:
    """A shell on a terminal of its own.

    Args:
        argv: The command line.
        cwd: Where it begins.
        environment: All of its variables.
        size: Columns and rows.
        contained: It runs inside a wrapper that keeps the terminal's job control from it.

    Raises:
        HostError: The command can't be started.
    """

    def __init__(
        self,
        argv: Sequence[str],
        *,
        cwd: str,
        environment: Mapping[str, str],
        size: tuple[int, int],
        contained: bool = False,
    ) -> None:
        if not Path(cwd).is_dir():
            raise HostError(f"{argv[0]} can't be started in {cwd}: no such directory; give another with --cwd")
        try:
            self._child = Spawned(tuple(argv), cwd=cwd, environment=environment, size=size)
        except (pexpect.ExceptionPexpect, OSError) as error:
            raise HostError(f"{argv[0]} can't be started in {cwd}: {_first_line(error)}") from error
        self._child.delaybeforesend = None
        self._pid = int(self._child.pid or 0)
        self._unsent = bytearray()
        self._contained = contained
        self._jobs: frozenset[int] = frozenset()
        self._inner: int | None = None
        os.set_blocking(self.fileno(), False)
        self._more = select.poll()
        self._more.register(self.fileno(), select.POLLIN)

    @property
    def pid(self) -> int:
        """The process that was spawned: the shell, or the wrapper around it."""
        return self._pid

    def fileno(self) -> int:
        """The master side."""
        return int(self._child.child_fd)

    def read(self) -> bytes | None:
        """What was printed, at most 64 KiB; empty when nothing is there, None when the terminal is gone."""
        pieces: list[bytes] = []
        size = 0
        while size < READ_SIZE:
            try:
                piece = os.read(self.fileno(), READ_SIZE)
            except BlockingIOError:
                if size >= FLOOD and self._more.poll(FLOOD_MS):
                    continue
                break
            except OSError:
                piece = b""
            if not piece:
                return b"".join(pieces) or None
            pieces.append(piece)
            size += len(piece)
        return b"".join(pieces)

    @property
    def unsent(self) -> bool:
        """Whether typed bytes still wait for room."""
        return bool(self._unsent)

    def write(self, data: bytes) -> None:
        """Type; what has no room waits until `send_more`."""
        self._unsent += data
        self.send_more()

    def send_more(self) -> None:
        """Type what still waits."""
        with contextlib.suppress(BlockingIOError):
            while self._unsent:
                try:
                    sent = os.write(self.fileno(), self._unsent[:4096])
                except BlockingIOError:
                    raise
                except OSError:
                    sent = len(self._unsent)
                del self._unsent[:sent]

    def resize(self, columns: int, rows: int) -> None:
        """Give it another size."""
        self._child.setwinsize(rows, columns)

    def ask_to_redraw(self) -> None:
        """Tell the program in the foreground that its screen is another one now; the shell's own prompt stands."""
        if self.runs_program():
            with contextlib.suppress(OSError):
                os.killpg(os.tcgetpgrp(self.fileno()), signal.SIGWINCH)

    def asks_for_secret(self) -> bool:
        """Whether lines are read without echo."""
        flags = termios.tcgetattr(self.fileno())[_LOCAL_FLAGS]
        return bool(flags & termios.ICANON) and not flags & termios.ECHO

    def unread(self) -> int:
        """Bytes that were typed and that no program has read; 0 where that can't be told."""
        size = array("i", [0])
        with contextlib.suppress(OSError), self._shell_side() as shell_side:
            fcntl.ioctl(shell_side, termios.FIONREAD, size)
        return size[0] + len(self._unsent)

    def discard_input(self) -> None:
        """Forget what was typed and not read."""
        self._unsent.clear()
        with contextlib.suppress(termios.error, OSError):
            termios.tcflush(self.fileno(), termios.TCOFLUSH)
            with self._shell_side() as shell_side:
                termios.tcflush(shell_side, termios.TCIFLUSH)

    @contextlib.contextmanager
    def _shell_side(self) -> Iterator[int]:
        """The end of the terminal that programs have: what it has taken waits there."""
        descriptor = fcntl.ioctl(self.fileno(), _OPEN_PEER, os.O_RDWR | os.O_NOCTTY)
        try:
            yield descriptor
        finally:
            os.close(descriptor)

    def waiting_for_input(self) -> bool | None:
        """Whether a program in the foreground reads from the terminal; None when that can't be told."""
        if not processes.available():
            return None
        everything = processes.snapshot()
        leader = everything.get(self.pid)
        if leader is None:
            return False
        tree = processes.descendants(self.pid, everything) | {self.pid}
        aside = self._helpers(everything)
        mine = [
            process
            for process in everything.values()
            if (process.pid in tree or process.session == self.pid) and process.pid not in aside
        ]
        return processes.reads_terminal(filter(self._in_foreground, mine), leader.terminal)

    def _helpers(self, everything: dict[int, Process]) -> frozenset[int]:
        """What the shell began for itself before this step, in its own group: no program of the step, busy or not."""
        shell = everything.get(self._shell_pid())
        begun = [everything[job] for job in self._jobs if job in everything]
        own = [job.pid for job in begun if shell is not None and job.group == shell.group]
        return frozenset(own).union(*(processes.descendants(pid, everything) for pid in own))

    def _in_foreground(self, process: Process) -> bool:
        return self._contained or process.group == process.foreground

    def interrupt(self) -> None:
        """Press ctrl-C."""
        if self._has_job_control():
            self.write(b"\x03")
        else:
            self.stop_step()

    def runs_program(self) -> bool:
        """Whether a program, and not the shell itself, has the terminal's foreground."""
        try:
            return os.tcgetpgrp(self.fileno()) != os.getpgid(self._shell_pid())
        except OSError:
            return True

    def stop_step(self) -> None:
        """Ask what runs in the foreground to stop, as ctrl-C does, but without its echo."""
        if self._has_job_control():
            with contextlib.suppress(OSError):
                os.killpg(os.tcgetpgrp(self.fileno()), signal.SIGINT)
        else:
            # Shell and program would be one group: both hear of it, the shell first, or a loop goes on.
            self._signal([self._shell_pid(), *self._of_step(None)], signal.SIGINT)

    def _has_job_control(self) -> bool:
        """Whether the shell has the terminal; a wrapper that began a session of its own keeps it from it."""
        if not self._contained:
            return True
        try:
            return os.tcgetpgrp(self.fileno()) != os.getpgid(self.pid)
        except OSError:
            return False

    def kill_step(self, begun: float) -> None:
        """End at once every process that the step started; the shell stays.

        Args:
            begun: Seconds on `started_clock` when the step began.
        """
        if processes.available():
            self._signal(self._of_step(begun), signal.SIGKILL)
            return
        with contextlib.suppress(OSError):
            group = os.tcgetpgrp(self.fileno())
            if group != self.pid:
                os.killpg(group, signal.SIGKILL)

    def interrupt_shell(self) -> None:
        """Break a loop or a builtin of the shell itself."""
        self._signal([self._shell_pid()], signal.SIGINT)

    def started_clock(self) -> float:
        """Seconds since boot, as processes are stamped."""
        return time.clock_gettime(time.CLOCK_BOOTTIME) if hasattr(time, "CLOCK_BOOTTIME") else time.monotonic()

    def hang_up(self) -> None:
        """Tell the shell that its terminal is closed; it tells its jobs."""
        shell = self._shell_pid()
        for number in (signal.SIGHUP, signal.SIGCONT):
            self._signal([shell], number)

    def hang_up_rest(self) -> None:
        """Tell what the shell has left in its session that the terminal is closed; who ignores that goes on.

        The shell is gone: whatever it has left is this process' child by now, or below one.
        """
        if processes.available() and processes.has_children():
            self._signal(self._everything_else(), signal.SIGHUP)

    def kill_all(self) -> None:
        """End every process of the terminal's session at once."""
        if processes.available():
            self._signal(self._everything_else(), signal.SIGKILL)
        if self._child.isalive():
            self._signal([self.pid], signal.SIGKILL)

    def exit_status(self) -> int | None:
        """None while it runs; otherwise its exit code, or 128 and the signal's number."""
        if self._child.isalive():
            return None
        if self._child.signalstatus is not None:
            return 128 + int(self._child.signalstatus)
        return int(self._child.exitstatus or 0)

    def close(self) -> None:
        """Close the master side."""
        terminal: Any = self._child
        # Its wait after closing is for children that still live.
        terminal.ptyproc.delayafterclose = 0.0
        terminal.close(force=True)

    def note_jobs(self) -> None:
        """Between two steps: what the shell has started by now is no process of the next one."""
        shell = self._shell_pid()
        self._jobs = processes.children(shell)
        processes.reap_orphans({self.pid})

    def _shell_pid(self) -> int:
        if self._inner is None:
            self._inner = self._find_shell() if self._contained else self.pid
        return self._inner or self.pid

    def _find_shell(self) -> int | None:
        """The shell within the wrapper; None before it is there."""
        if not processes.available():
            return None
        everything = processes.snapshot()
        shells = [pid for pid in processes.descendants(self.pid, everything) if _is_shell(pid)]
        return min(shells, key=lambda pid: everything[pid].started, default=None)

    def _of_step(self, begun: float | None) -> list[int]:
        """Processes that the running step started; those that lost their parent only when it is known since when."""
        everything = processes.snapshot()
        shell = self._shell_pid()
        mine = processes.descendants(shell, everything)
        for job in self._jobs:
            mine -= {job} | processes.descendants(job, everything)
        if begun is not None:
            # Starts are stamped in ticks: within one, older and newer look alike.
            since = begun - begun % processes.TICK_S
            session = (process for process in everything.values() if process.session == self.pid)
            mine |= {process.pid for process in session if process.started >= since}
            # What left the session, or lost its parent, is still below this process.
            through = {self.pid, shell, *processes.ancestors(shell, everything)}
            mine |= processes.begun_below(os.getpid(), since, through, everything)
        return [pid for pid in mine - {self.pid, shell} - self._jobs if pid in everything]

    def _everything_else(self) -> list[int]:
        """All that was started from this terminal, without what was spawned on it."""
        everything = processes.snapshot()
        tree = processes.descendants(self.pid, everything)
        return [
            process.pid
            for process in everything.values()
            if process.pid != self.pid and (process.pid in tree or process.session == self.pid)
        ]

    @staticmethod
    def _signal(pids: Sequence[int], number: signal.Signals) -> None:
        for pid in pids:
            with contextlib.suppress(OSError):
                os.kill(pid, number)


def _is_shell(pid: int) -> bool:
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except OSError:
        return False
    started = words[:2] in ([b"zsh", b"-i"], [b"fish", b"-i"]) or b"--init-file" in words
    return started and not words[0].endswith(b"bwrap")


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0]
