"""The process that owns the terminal and the tape: a front end attaches to it and may die without a loss."""

import contextlib
import fcntl
import getpass
import os
import selectors
import shutil
import signal
import socket
import sys
import time
from collections import deque
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from capture.attachment import Attachment
from capture.effects import RESCAN_LIMIT, Hints, Workspace
from capture.errors import ReplaybookError
from capture.events import RunStarted
from capture.home import PRIVATE_FILE, Home
from capture.ignore import load_ignore
from capture.recorder import Recorder, World
from capture.redaction import Redactor
from capture.shells import Shell, shell_named
from capture.tape.writer import LOCK, TapeWriter
from capture.terminal import PseudoTerminal
from capture.trace import Run, RunStatus
from capture.wire import (
    End,
    Ended,
    FileTouched,
    HostFailed,
    Interrupt,
    Keys,
    Request,
    Resize,
    RunCommand,
    SessionMode,
    SessionSpec,
    Started,
)

if TYPE_CHECKING:
    from capture.watcher import Watcher

IDLE_S = 0.1
"""So long a silence, and what was held back for masking is written."""
HANG_UP_S = 1.0
"""How long a shell gets to end once its terminal is closed."""
LONELY_S = 10.0
"""How long the first front end gets to attach."""
BACKLOG = 64 << 20
"""Bytes that a slow front end may lag behind until the terminal waits for it."""


class SystemClock:
    """The machine's own time."""

    def __init__(self) -> None:
        self._start = time.monotonic()

    def now(self) -> datetime:
        """Wall clock, UTC."""
        return datetime.now(UTC)

    def elapsed(self) -> float:
        """Seconds since this clock was made."""
        return time.monotonic() - self._start


class Host:
    """One session from its shell's start to the closed tape.

    Args:
        spec: What to start.
        listener: Where front ends attach.
    """

    def __init__(self, spec: SessionSpec, listener: socket.socket) -> None:
        self._spec = spec
        self._clock = SystemClock()
        self._root = Path(spec.watched or spec.workspace)
        self._watcher: Watcher | None = None
        self._selector = selectors.DefaultSelector()
        self._front = Attachment(listener, self._selector, asked=self._ask, came=self._welcome, gone=self._abandoned)
        self._touched: deque[tuple[str, str]] = deque()
        self._wake, self._bell = socket.socketpair()
        self._idle_at: float | None = None
        self._kill_at: float | None = None
        self._lonely_at: float | None = None if spec.keep_on_detach else LONELY_S
        self._status: RunStatus | None = None
        self._abandon = False
        self._reading = False
        self._over = False

    def open(self) -> None:
        """Start the shell and the tape.

        Raises:
            HostError: One of them can't be started.
        """
        home = Home(Path(self._spec.home)).prepare()
        self._shell = shell_named(
            self._spec.shell, Path(self._spec.folder or ""), typed=self._spec.mode is SessionMode.TYPED
        )
        # Spawned before the watcher: forking beside threads may deadlock.
        self._terminal = self._spawn(self._shell)
        self._listen_to_signals()
        self._front.tell(Started())
        folder = home.run_folder(self._spec.run_id)
        self._tape = TapeWriter(folder)
        self._lock = _lock(folder / LOCK, self._front.address)
        redactor = Redactor()
        files = Workspace(self._root, load_ignore(home), keep=_keeper(home, redactor))
        typed = self._spec.mode is SessionMode.TYPED
        if typed:
            self._watch(home)
        seen, complete = files.baseline()
        if not typed and len(seen) > RESCAN_LIMIT:
            self._watch(home)
        world = World(
            terminal=self._terminal,
            shell=self._shell,
            tape=self._tape,
            files=files,
            hints=self._watcher.drain if self._watcher else lambda: Hints(overflow=True),
            clock=self._clock,
        )
        self._recorder = Recorder(world, redactor, self._front.tell, handed=not typed)
        head = RunStarted(
            run=self._run(),
            environment=self._spec.environment or {},
            workspace_before=seen,
            workspace_complete=complete,
        )
        self._recorder.begin(head)
        self._read_terminal(wanted=True)

    def serve(self) -> None:
        """Work until the session is over."""
        while not self._over:
            for key, events in self._selector.select(self._patience()):
                key.data(events)
            self._tick()

    def close(self, *, failure: str | None = None) -> None:
        """Leave nothing behind; may be called however far `open` came.

        Args:
            failure: Why the session could not go on.
        """
        if self._watcher is not None:
            self._watcher.stop()
        with contextlib.suppress(AttributeError):
            if self._terminal.exit_status() is None:
                self._terminal.kill_all()
            self._terminal.close()
        if failure is not None:
            with contextlib.suppress(AttributeError, OSError):
                self._recorder.end(RunStatus.PARTIAL)
            self._front.tell(HostFailed(message=failure))
        self._front.close()

    # -- what the front end asks

    def _ask(self, request: Request) -> None:
        match request:
            case Keys():
                self._recorder.keys(request.data)
            case Resize():
                self._recorder.resize(request.columns, request.rows)
            case RunCommand():
                self._recorder.run(request)
            case Interrupt():
                self._recorder.interrupt()
            case End():
                self._hang_up(request.status or self._recorder.status)

    def _welcome(self) -> None:
        self._front.tell(Started())
        self._recorder.welcome()

    def _abandoned(self) -> None:
        if not self._spec.keep_on_detach and not self._over:
            self._abandon = True
            self._hang_up(RunStatus.PARTIAL)

    def _hang_up(self, status: RunStatus) -> None:
        """Close the terminal as a window is closed; who does not go is killed."""
        if self._status is None:
            self._status = status
            self._kill_at = self._clock.elapsed() + HANG_UP_S
            self._terminal.hang_up()

    # -- what happens

    def _printed(self, events: int) -> None:
        if events & selectors.EVENT_WRITE:
            self._terminal.send_more()
        if events & selectors.EVENT_READ:
            data = self._terminal.read()
            if data is None:
                self._selector.unregister(self._terminal)
                self._reading = False
            elif data:
                self._recorder.printed(data)
                self._idle_at = self._clock.elapsed() + IDLE_S
        self._read_terminal(wanted=self._reading)

    def _read_terminal(self, *, wanted: bool) -> None:
        """Listen to the terminal unless the front end lags too far behind."""
        if not wanted:
            return
        events = selectors.EVENT_WRITE if self._terminal.unsent else 0
        if self._front.backlog < BACKLOG:
            events |= selectors.EVENT_READ
        if not self._reading:
            self._selector.register(self._terminal, selectors.EVENT_READ, self._printed)
            self._reading = True
        if self._selector.get_key(self._terminal).events != events:
            self._selector.modify(self._terminal, events, self._printed)

    def _woken(self, _events: int) -> None:
        with contextlib.suppress(BlockingIOError):
            signals = self._wake.recv(4096)
            if signal.SIGTERM in signals:
                self._hang_up(RunStatus.PARTIAL)
        while self._touched:
            path, kind = self._touched.popleft()
            if self._front.attached:
                self._front.tell(FileTouched(path=path, kind=kind))

    def _touch(self, path: str, kind: str) -> None:
        """Called on the watcher's thread."""
        self._touched.append((path, kind))
        with contextlib.suppress(OSError):
            self._bell.send(b"\0")

    def _patience(self) -> float | None:
        now = self._clock.elapsed()
        due = [at - now for at in (self._idle_at, self._kill_at, self._lonely_at) if at is not None]
        check = self._recorder.next_check()
        return (
            max(0.0, min([*due, *([] if check is None else [check])], default=0.0))
            if due or check is not None
            else None
        )

    def _tick(self) -> None:
        now = self._clock.elapsed()
        self._recorder.check()
        if self._idle_at is not None and now >= self._idle_at:
            self._idle_at = None
            self._recorder.idle()
        if self._kill_at is not None and now >= self._kill_at:
            self._kill_at = None
            self._terminal.kill_all()
        if self._front.attached:
            self._lonely_at = None
        elif self._lonely_at is not None and now >= self._lonely_at:
            self._lonely_at = None
            self._abandoned()
        self._read_terminal(wanted=self._reading)
        status = self._terminal.exit_status()
        if status is not None:
            self._finish(status)

    def _finish(self, shell_status: int) -> None:
        while data := self._terminal.read():
            self._recorder.printed(data)
        if self._status is None:
            self._recorder.shell_ended(shell_status)
        elif self._abandon:
            self._terminal.kill_all()
        else:
            self._terminal.hang_up_rest()
        status = self._status or self._recorder.status
        self._recorder.end(status)
        self._front.tell(Ended(status=status, run_id=self._spec.run_id))
        self._over = True

    # -- starting

    def _watch(self, home: Home) -> None:
        """A small workspace is looked at whole after each step: only a person's screen, or a big one, needs events."""
        from capture.watcher import Watcher  # noqa: PLC0415 - its threads must not start before the shell is forked

        self._watcher = Watcher(load_ignore(home), on_event=self._touch)
        self._watcher.start(self._root)

    def _spawn(self, shell: Shell) -> PseudoTerminal:
        return PseudoTerminal(
            (*self._spec.wrap, *shell.argv),
            cwd=self._spec.cwd,
            environment=self._spec.environment or {},
            size=(self._spec.columns, self._spec.rows),
            contained=bool(self._spec.wrap),
        )

    def _listen_to_signals(self) -> None:
        for end in (self._wake, self._bell):
            end.setblocking(False)
        signal.set_wakeup_fd(self._bell.fileno(), warn_on_full_buffer=False)
        for number in (signal.SIGCHLD, signal.SIGTERM):
            signal.signal(number, lambda *_: None)
        for number in (signal.SIGHUP, signal.SIGINT):
            signal.signal(number, signal.SIG_IGN)
        self._selector.register(self._wake, selectors.EVENT_READ, self._woken)

    def _run(self) -> Run:
        spec = self._spec
        return Run(
            run_id=spec.run_id,
            name=spec.name,
            goal=spec.goal,
            status=RunStatus.IN_PROGRESS,
            started_at=self._clock.now(),
            shell=spec.shell,
            cwd=spec.cwd,
            host=os.uname().nodename,
            user=getpass.getuser(),
            user_home=(spec.environment or {}).get("HOME", ""),
            workspace=spec.workspace,
            columns=spec.columns,
            rows=spec.rows,
            replay_id=spec.replay_id,
        )


def _lock(path: Path, address: str) -> int:
    """Held as long as this process lives: whoever finds it free knows that the host is gone."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, PRIVATE_FILE)
    fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    os.write(descriptor, address.encode())
    return descriptor


def _keeper(home: Home, redactor: Redactor) -> Callable[[bytes], None]:
    """Stores what steps write, unless there is a secret in it."""

    def keep(content: bytes) -> None:
        if not redactor.text(content.decode("latin-1"))[1]:
            home.keep_blob(content)

    return keep


def main() -> None:
    """Run the host: its socket's descriptor is the argument, its spec the JSON on stdin."""
    spec = msgspec.json.decode(sys.stdin.buffer.read(), type=SessionSpec)
    if spec.keep_on_detach and os.fork():
        os._exit(0)
    host = Host(spec, socket.socket(fileno=int(sys.argv[1])))
    failure: str | None = None
    try:
        host.open()
        host.serve()
    except ReplaybookError as error:
        failure = str(error)
    except OSError as error:
        failure = f"the recording of {spec.run_id} stopped: {error}; free space, or look at the home, and record again"
    finally:
        host.close(failure=failure)
    # Not after a defect: the front end reads its last words from a file in there.
    shutil.rmtree(Path(spec.folder or "").parent, ignore_errors=True)


if __name__ == "__main__":
    main()
