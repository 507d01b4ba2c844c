"""A front end's handle on a recorded shell: start it, type or hand over commands, hear what happens."""

import contextlib
import select
import shutil
import socket
import threading
import time
from collections import deque
from collections.abc import Mapping, Sequence
from math import ceil
from pathlib import Path
from typing import Self

import msgspec

from capture.dialogue import ExpectedPrompt
from capture.errors import BadInputError, HostError
from capture.home import Home
from capture.host_process import HostProcess
from capture.launching import launch
from capture.runtime import is_made_here, log_of
from capture.tape.reader import has_ended
from capture.trace import RunStatus, StepKind
from capture.wire import (
    AskKept,
    Attach,
    Detached,
    End,
    Ended,
    HostFailed,
    Interrupt,
    Kept,
    Keys,
    Look,
    Looked,
    Message,
    Pause,
    Ready,
    Request,
    Resize,
    Review,
    RunCommand,
    SessionSpec,
    Settle,
    Started,
    TakeNote,
    Unmask,
    messages,
    pack,
)

START_S = 30.0
"""How long a host gets to start its shell."""
FINISH_S = 30.0
"""How long an orderly end may be silent: the last step's files are looked at once more."""
END_S = 5.0
"""How long a host gets to end."""
LET_GO_S = 1.0
"""How long a killed host may hold its lock after its socket is closed."""
_PIECE = 1 << 18
_UNTYPABLE = ("\0", "\r", "\x1b[201~")


class Session:
    """A running session. Made by `start`; `close` it, or use it in a `with`.

    One thread may receive while another sends.
    """

    def __init__(self, connection: socket.socket, host: HostProcess | None, spec: SessionSpec) -> None:
        self.spec = spec
        """What it was started with, its shared folder filled in."""
        self._socket = connection
        self._host = host
        self._inbox = messages()
        self._received: deque[Message] = deque()
        # What ctrl-C does sends, too, and may come while its own thread does.
        self._sending = threading.RLock()
        self.recorded = 0
        """Bytes of the terminal recording that were on disk before this front end came; its `Output` goes on behind."""
        self._ended = False
        self._was_ready = False
        self._over = False
        self._died = False

    @classmethod
    def start(cls, spec: SessionSpec) -> "Session":
        """Start a shell under a host of its own.

        Args:
            spec: What to start.

        Returns:
            The session; `Ready` comes once the shell has read its startup files.

        Raises:
            HostError: The shell is missing or can't be started.
        """
        connection, host, spec = launch(spec)
        late = HostError(f"{spec.shell} did not start within {START_S:.0f} s; try again")
        return cls(connection, host, spec).once_started(START_S, late)

    def once_started(self, patience_s: float, late: HostError) -> Self:
        """Wait until the host has taken this front end in.

        Args:
            patience_s: How long.
            late: What to raise when it has not by then.

        Returns:
            The session.

        Raises:
            HostError: It can't, or it is late; the session is closed.
        """
        with contextlib.ExitStack() as undo:
            undo.callback(self.close)
            match self.receive(patience_s):
                case Started(recorded=recorded):
                    self.recorded = recorded
                    undo.pop_all()
                case HostFailed(message=reason):
                    raise HostError(reason)
                case _:
                    raise late
        return self

    def ask(self, request: Request) -> None:
        """Say something to the host.

        Args:
            request: Sent as it is; what a host that is gone is told is lost.
        """
        with self._sending, contextlib.suppress(OSError):
            self._socket.sendall(pack(request))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    @property
    def was_ready(self) -> bool:
        """Whether its shell has shown a prompt; known once that was received."""
        return self._was_ready

    def fileno(self) -> int:
        """For `select` and event loops; when readable, receive with timeout 0 until None comes."""
        return self._socket.fileno()

    def send_keys(self, data: bytes) -> None:
        """Type as a person does.

        Args:
            data: What the keyboard sends.
        """
        self.ask(Keys(data))

    def resize(self, columns: int, rows: int) -> None:
        """Give the terminal another size.

        Args:
            columns: Width.
            rows: Height.
        """
        self.ask(Resize(columns, rows))

    def run(  # noqa: PLR0913 - all that a host is told of a step
        self,
        command: str,
        *,
        prompts: Sequence[ExpectedPrompt] = (),
        timeout_s: float | None = None,
        environment: Mapping[str, str] | None = None,
        kind: StepKind = StepKind.SHELL,
        attended: bool = False,
        told: str | None = None,
    ) -> None:
        """Run a command as soon as the shell is ready; exactly one `StepEnded` follows, unless the session ends.

        Args:
            command: Shell text, many lines included.
            prompts: What it is expected to ask, in order. At any other prompt it is ended.
            timeout_s: When it is ended; None for never.
            environment: Variables for this command alone (HANDED only).
            kind: What kind of action it carries out.
            attended: A person sits at it, with `send_keys`: nothing that it asks ends it.
            told: What is recorded as its command; None: the text itself.

        Raises:
            BadInputError: The text holds a character that no shell takes.
        """
        if any(text in command for text in _UNTYPABLE):
            raise BadInputError("a command holds a NUL, a carriage return or the end mark of a paste; take it out")
        lent = dict(environment or {})
        prompted = tuple(prompts)
        job = RunCommand(command=command, prompts=prompted, timeout_s=timeout_s, environment=lent, kind=kind)
        self.ask(msgspec.structs.replace(job, attended=attended, told=told))

    def redraw(self) -> None:
        """Ask the program that has the screen to draw it again."""
        self.ask(Attach())

    def unmask(self, secrets: Sequence[int]) -> None:
        """Say that these were no secrets: they are written down as they are, from the beginning of the run.

        Args:
            secrets: As in `SecretMasked`.
        """
        self.ask(Unmask(secrets=tuple(secrets)))

    def note(self, text: str) -> None:
        """Keep a note; `NoteKept` follows.

        Args:
            text: Of one or more lines; empty: a bookmark.
        """
        self.ask(TakeNote(text=text))

    def pause(self, *, on: bool) -> None:
        """Record nothing from the end of the running command on, or record again; `Paused` follows."""
        self.ask(Pause(on=on))

    def settle(self) -> None:
        """The maskings were looked at (after `Review`): the run is closed; `Ended` follows."""
        self.ask(Settle())

    def interrupt(self) -> None:
        """Press ctrl-C on the running step."""
        self.ask(Interrupt())

    def kept(self, *, before: bool) -> Kept:
        """What the shell holds that no step tells of; only what is received before it is lost.

        Args:
            before: Before the last command, not behind it.

        Returns:
            Nothing where the session is over.
        """
        self.ask(AskKept(before=before))
        while (message := self.receive(END_S)) is not None:
            if isinstance(message, Kept):
                return message
        return Kept()

    def look(self, text: str, patience_s: float) -> bytes | None:
        """Have a remote shell run a text in a subshell of its own; only what is received before it is lost.

        Args:
            text: Shell text that changes nothing.
            patience_s: How long the answer may take.

        Returns:
            What it printed; None when no answer came.
        """
        self.ask(Look(text))
        give_up = time.monotonic() + patience_s
        while (message := self.receive(max(0.0, give_up - time.monotonic()))) is not None:
            if isinstance(message, Looked):
                return message.output
        return None

    def end(self, status: RunStatus | None = None) -> None:
        """End the session in an orderly way; `Ended` follows.

        Args:
            status: How the run ended; None: by its last step.
        """
        self.ask(End(status=status))

    def finish(self, status: RunStatus | None = None) -> RunStatus | None:
        """End the session in an orderly way, wait until its run is closed, and let go of it.

        Args:
            status: How the run ended; None: by its last step.

        Returns:
            How the run ended; None when the host was killed.
        """
        # A startup file cut short may leave a lock behind that blocks every shell after it.
        give_up = time.monotonic() + START_S
        ended: RunStatus | None = None
        while not self._was_ready and (message := self.receive(max(0.0, give_up - time.monotonic()))) is not None:
            ended = message.status if isinstance(message, Ended) else ended
        self.end(status)
        while (message := self.receive(FINISH_S)) is not None:
            if isinstance(message, Review):
                self.settle()
            ended = message.status if isinstance(message, Ended) else ended
        self.close()
        return ended

    def receive(self, timeout: float | None = None) -> Message | None:
        """Wait for the next message.

        Args:
            timeout: Seconds; None waits for ever.

        Returns:
            The message; None when none came in time, or after the last one.
        """
        give_up = None if timeout is None else time.monotonic() + timeout
        while not self._received and not self._over:
            left = None if give_up is None else max(0.0, give_up - time.monotonic())
            if not self._readable(left):
                return None
            self._hear()
        return self._received.popleft() if self._received else None

    def close(self) -> None:
        """Let go of the session; unless it is kept on detach, its shell is ended and its run closed."""
        if self._socket.fileno() < 0:
            return
        while self._ended and self._readable(END_S) and self._read():
            pass
        self._socket.close()
        self._over = True
        self._reap()
        folder = Path(self.spec.folder or "")
        started = self._host is not None
        # A front end that came later has the folder's name from a file.
        orphaned = self._died and (started or is_made_here(folder))
        if orphaned or (started and not self.spec.keep_on_detach):
            shutil.rmtree(folder.parent, ignore_errors=True)

    def _reap(self) -> None:
        if self._host is None:
            return
        if self._ended and not self._died and not self.spec.wrap:
            self._host.leave(END_S)
        elif not self._host.ended(END_S):
            # A sandbox is taken down next: nothing may go on that looks into it.
            self._host.kill()

    def _readable(self, timeout: float | None) -> bool:
        # Not select(): it takes no descriptor above 1023.
        poll = select.poll()
        poll.register(self._socket, select.POLLIN)
        return bool(poll.poll(None if timeout is None else ceil(timeout * 1000)))

    def _read(self) -> bytes:
        try:
            return self._socket.recv(_PIECE)
        except OSError:
            return b""

    def _hear(self) -> None:
        data = self._read()
        for message in self._inbox.feed(data):
            self._received.append(message)
            self._ended = self._ended or isinstance(message, Ended | Detached | HostFailed)
            self._was_ready = self._was_ready or isinstance(message, Ready)
        if not data and not self._ended:
            self._reap()
            self._received.append(self._farewell())
        self._over = self._ended or not data

    def _farewell(self) -> Message:
        """What a connection that broke off amounts to."""
        run_id = self.spec.run_id
        if self.spec.keep_on_detach and not has_ended(Home(Path(self.spec.home)), run_id, LET_GO_S):
            return Detached(message=f"the connection to {run_id} broke off; it goes on without this terminal")
        self._died = True
        return HostFailed(
            message=f"the recording host died{self._last_words()}; `replaybook show {run_id}` shows what it kept"
        )

    def _last_words(self) -> str:
        with contextlib.suppress(OSError):
            lines = log_of(Path(self.spec.folder or "")).read_text(errors="replace").strip().splitlines()
            return f" ({lines[-1]})" if lines else ""
        return ""
