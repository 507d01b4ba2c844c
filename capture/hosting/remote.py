"""The world of a shell on another machine: no process and no file of it can be seen from here, only its line."""

import signal

from capture.events import RunStarted
from capture.files.effects import Hints
from capture.hosting.starting import SystemClock, head_of
from capture.protocols import Tape, World
from capture.shells.remote import RemoteBash
from capture.terminal import PseudoTerminal
from capture.trace import FileEffect
from capture.wire import SessionSpec

LOST = 255
"""How `ssh` ends when its connection is lost, or was never had."""
_INTERRUPT, _QUIT = b"\x03", b"\x1c"


class RemoteTerminal(PseudoTerminal):
    """`ssh` on a terminal of its own; what the shell behind it tells is parted from what it prints.

    Args:
        spec: Its `remote` is set.
        shell: What runs behind it.

    Raises:
        HostError: `ssh` can't be started.
    """

    def __init__(self, spec: SessionSpec, shell: RemoteBash) -> None:
        super().__init__(
            shell.argv, cwd="/", environment=spec.environment or {}, size=(spec.columns, spec.rows), contained=False
        )
        self._shell = shell
        self._asked: str | None = None

    def read(self) -> bytes | None:
        """What was printed; empty when nothing is there, or only something told, None when the line is gone."""
        data = super().read()
        shown = self._shell.line.rest() if data is None else self._shell.line.feed(data)
        self._look()
        return (shown or None) if data is None else shown

    def look(self, text: str) -> None:
        """Have the shell run a text in a subshell once it stands at its prompt; `RemoteBash.looked` gets the answer."""
        self._asked = text
        self._look()

    def _look(self) -> None:
        if self._asked is not None and self._shell.line.at_prompt:
            text, self._asked = self._asked, None
            self.write(self._shell.look(text))

    def asks_for_secret(self) -> bool:
        """Whether echo is off can't be told over a line."""
        return False

    def unread(self) -> int:
        """What was read there can't be told."""
        return 0

    def discard_input(self) -> None:
        """What has gone over the line can't be taken back."""

    def waiting_for_input(self) -> bool | None:
        """Whether a program there reads can't be told."""
        return None

    def runs_program(self) -> bool:
        """What runs there has the foreground, as far as can be told."""
        return True

    def interrupt(self) -> None:
        """Press ctrl-C."""
        self.write(_INTERRUPT)

    def stop_step(self) -> None:
        """Press ctrl-C."""
        self.write(_INTERRUPT)

    def kill_step(self, begun: float) -> None:
        """Press what ends a program that does not hear of ctrl-C; no process there can be killed from here."""
        del begun
        if not self._shell.line.at_prompt:
            self.write(_QUIT)

    def interrupt_shell(self) -> None:
        """Press ctrl-C."""
        self.write(_INTERRUPT)

    def note_jobs(self) -> None:
        """What the shell there has begun can't be seen."""

    def ask_to_redraw(self) -> None:
        """Nobody looks on."""

    def hang_up(self) -> None:
        """Close the line; the shell there is told by its own system."""
        self._signal([self.pid], signal.SIGHUP)

    def exit_status(self) -> int | None:
        """None while it runs; the remote shell's exit code, or `LOST`."""
        status = super().exit_status()
        return LOST if status is not None and self._child.signalstatus is not None else status


class NoFiles:
    """Files that can't be watched."""

    waiting = False
    """Nothing of them is kept."""

    def changes(self, hints: Hints) -> tuple[FileEffect, ...]:
        """Nobody knows."""
        del hints
        return ()

    def settle(self, most: int | None = None) -> None:
        """Nothing is kept."""


def remote_world(
    spec: SessionSpec, terminal: RemoteTerminal, shell: RemoteBash, clock: SystemClock, tape: Tape
) -> tuple[World, RunStarted]:
    """What can be recorded of another machine, and the head of the run.

    Args:
        spec: What was started.
        terminal: The line.
        shell: What is behind it.
        clock: Tells the time.
        tape: Where it is recorded.
    """
    world = World(
        terminal=terminal,
        shell=shell,
        tape=tape,
        files=NoFiles(),
        hints=Hints,
        clock=clock,
        saw=lambda _: False,
    )
    return world, RunStarted(run=head_of(spec, clock.began()), environment={}, workspace_complete=False)
