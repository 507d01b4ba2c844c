"""What runs in a shadow, and the limits that it is held within.

Part of the keeper: nothing but the standard library.
"""

import contextlib
import os
import signal
from collections.abc import Iterator
from time import sleep
from typing import NamedTuple

PAGE = os.sysconf("SC_PAGE_SIZE")
MIB = 1 << 20
NEAR = 8
"""So many short of the limit, all that there may be was there: some live shorter than from one look to the next."""


class Process(NamedTuple):
    """One process of the shadow."""

    pid: int
    name: str
    resident: int
    """Bytes."""
    threads: int
    """The kernel counts each as a process."""
    dead: bool
    """Ended, and not yet asked after: the kernel still counts it."""


class Guard:
    """Ends what passes a limit, and notes what came near one.

    Args:
        processes: How many there may be.
        memory: Bytes that they may hold together.
        disk: Bytes that may be written.
        layers: The folder of what is written.
    """

    def __init__(self, *, processes: int, memory: int, disk: int, layers: str) -> None:
        self._processes, self._memory, self._disk, self._layers = processes, memory, disk, layers
        self._own: frozenset[int] | None = None
        self._most = 0
        self.struck: str | None = None
        """The limit that something was ended at since the step began, in words."""

    @property
    def own(self) -> frozenset[int]:
        """The shell's own processes, which no step has started."""
        return self._own or frozenset()

    @property
    def reached(self) -> list[str]:
        """What no more of was to be had at some moment since the step began: the kernel may have refused some."""
        return ["processes"] if self._most + NEAR >= self._processes else []

    def begin(self) -> None:
        """A step begins; before the first, only the shell's own processes are there."""
        self.struck, self._most = None, 0
        if self._own is None:
            self._own = frozenset(process.pid for process in processes())

    def forget(self) -> None:
        """A new shell will be there."""
        self._own, self.struck, self._most = None, None, 0

    def started(self) -> list[Process]:
        """What the steps have started and is still there, the biggest first."""
        return sorted((one for one in processes() if one.pid not in self.own), key=lambda one: -one.resident)

    def look(self) -> None:
        """At processes and memory."""
        reap()
        if self._own is None:
            return
        there = list(everything())
        self._most = max(self._most, sum(one.threads for one in there))
        started = sorted(
            (one for one in there if not one.dead and one.pid not in self._own), key=lambda one: -one.resident
        )
        if len(started) > self._processes:
            self._strike(started, f"more than {self._processes} processes")
        elif sum(one.resident for one in started) > self._memory:
            self._strike(started[:1], f"more than {self._memory // MIB} MiB of memory")

    def look_at_disk(self) -> None:
        """At what was written, where nothing else limits it."""
        if self._own is not None and used(self._layers, self._disk) > self._disk:
            self._strike(self.started(), f"more than {self._disk // MIB} MiB written")

    def _strike(self, doomed: list[Process], what: str) -> None:
        self.struck = what
        for process in doomed:
            with contextlib.suppress(OSError):
                os.kill(process.pid, signal.SIGKILL)


def processes() -> Iterator[Process]:
    """All but the keeper and the dead."""
    return (one for one in everything() if not one.dead)


def everything() -> Iterator[Process]:
    """All but the keeper."""
    for name in os.listdir("/proc"):  # noqa: PTH208 -- text, as all names here
        if not name.isdigit() or name == "1":
            continue
        try:
            with open(f"/proc/{name}/stat", "rb") as file:  # noqa: PTH123 -- as above
                text = file.read()
        except OSError:
            continue
        begin, end = text.index(b"("), text.rindex(b")")
        fields = text[end + 2 :].split()
        yield Process(
            pid=int(name),
            name=text[begin + 1 : end].decode(errors="replace"),
            resident=int(fields[21]) * PAGE,
            threads=max(int(fields[17]), 1),
            dead=fields[0] in (b"Z", b"X"),
        )


def used(folder: str, limit: int) -> int:
    """Bytes that files take; counting stops behind the limit."""
    total = 0
    for directory, _, files in os.walk(folder):
        for name in files:
            with contextlib.suppress(OSError):
                total += os.lstat(f"{directory}/{name}").st_blocks * 512
        if total > limit:
            break
    return total


def reap() -> None:
    """Ask after what has ended."""
    with contextlib.suppress(OSError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


def end_all() -> None:
    """End all that runs in the shadow but this process, and wait until it is gone."""
    while list(processes()):
        with contextlib.suppress(OSError):
            # From the first process of a namespace: everything in it.
            os.kill(-1, signal.SIGKILL)
        reap()
        sleep(0.001)
