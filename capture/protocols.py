"""What the recorder asks of the world; each adapter beside it answers one of these."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from capture.events import Event
from capture.files.effects import Hints
from capture.shells import Shell
from capture.trace import FileEffect, SeenTool


class Clock(Protocol):
    """Tells the time."""

    def now(self) -> datetime:
        """Wall clock, UTC."""
        ...

    def elapsed(self) -> float:
        """Seconds since the run began; never jumps."""
        ...


class Terminal(Protocol):
    """The pseudo-terminal and the processes on it."""

    def write(self, data: bytes) -> None:
        """Type; never blocks."""
        ...

    def resize(self, columns: int, rows: int) -> None:
        """Give it another size."""
        ...

    def asks_for_secret(self) -> bool:
        """Whether what is typed now is not echoed though it is read by lines: a password prompt."""
        ...

    def waiting_for_input(self) -> bool | None:
        """Whether a program in the foreground reads from the terminal; None when that can't be told."""
        ...

    def unread(self) -> int:
        """Bytes that were typed and that no program has read; 0 where that can't be told."""
        ...

    def discard_input(self) -> None:
        """Forget what was typed and not read."""
        ...

    def runs_program(self) -> bool:
        """Whether a program, and not the shell itself, has the foreground."""
        ...

    def interrupt(self) -> None:
        """Press ctrl-C."""
        ...

    def stop_step(self) -> None:
        """Ask what runs in the foreground to stop, as ctrl-C does, but without its echo."""
        ...

    def note_jobs(self) -> None:
        """Between two steps: what the shell has started by now is no process of the next one."""
        ...

    def kill_step(self, begun: float) -> None:
        """End at once every process that the step started; the shell stays.

        Args:
            begun: Seconds on `started_clock` when the step began.
        """
        ...

    def interrupt_shell(self) -> None:
        """Break a loop or a builtin of the shell itself."""
        ...

    def kill_all(self) -> None:
        """End every process of the terminal's session at once."""
        ...

    def started_clock(self) -> float:
        """The clock by which the system stamps the start of processes, in seconds."""
        ...


class Tape(Protocol):
    """The run on disk."""

    @property
    def offset(self) -> int:
        """Bytes of terminal output so far."""
        ...

    def write(self, data: bytes, at_us: int) -> None:
        """Append terminal output."""
        ...

    def resize(self, columns: int, rows: int, at_us: int) -> None:
        """Note a new size."""
        ...

    def event(self, event: Event) -> None:
        """Append one event; it is out of this process when this returns."""
        ...

    def sync(self) -> None:
        """Force what was written onto the disk."""
        ...


class WatchedFiles(Protocol):
    """The workspace."""

    def changes(self, hints: Hints) -> tuple[FileEffect, ...]:
        """What changed since the last call."""
        ...

    def settle(self, most: int | None = None) -> None:
        """Store contents that the looks found written.

        Args:
            most: How many; None for all of them.
        """
        ...


@dataclass(frozen=True)
class World:
    """Everything that a recorder touches."""

    terminal: Terminal
    shell: Shell
    tape: Tape
    files: WatchedFiles
    hints: Callable[[], Hints]
    """Where the file system said that something happened since the last call."""
    clock: Clock
    enter: Callable[[str], None] = lambda _: None
    """Told the directory that the next step begins in."""
    saw: Callable[[str], bool] = lambda _: True
    """Whether the files of a step that began in this directory were watched."""
    committed: Callable[[str], tuple[str, ...] | None] = lambda _: None
    """What a step that ended in this directory has committed; None: that can't be told."""
    message: Callable[[str], str | None] = lambda _: None
    """What the commit says that the step made which `committed` was asked of last; None: it made none."""
    tools: Callable[[str, str, str], tuple[SeenTool, ...]] = lambda *_: ()
    """The programs that a command may run, by its text, the shell's PATH and its directory."""
    refs: Callable[[str, str], dict[str, str]] = lambda *_: {}
    """What the refs mean that a command names, by its text and its directory."""
