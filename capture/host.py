"""The process that owns the terminal and the tape: a front end attaches to it and may die without a loss."""

import contextlib
import os
import selectors
import shutil
import signal
import socket
import sys
from pathlib import Path

import msgspec

from capture.always.roaming import Roaming
from capture.always.rotation import CONTENT_LIMIT, RotatingTape
from capture.attachment import Attachment
from capture.errors import HostError, ReplaybookError
from capture.events import RunStarted
from capture.files.effects import Hints, Workspace
from capture.files.ignore import load_ignore
from capture.files.noticing import Notices
from capture.home import PRIVATE_FOLDER, Home
from capture.protocols import World
from capture.recorder import Recorder
from capture.secrets.redaction import Redactor
from capture.secrets.rules import load_rules
from capture.shells import Shell, shell_named
from capture.starting import SystemClock, head_of, keeper, leave_no_core
from capture.tape.lasting import LastingTape
from capture.tape.presence import Presence, announce, note
from capture.tape.unmasking import unmask
from capture.tape.writer import LOCK, TapeWriter
from capture.terminal import PseudoTerminal
from capture.trace import RunStatus
from capture.wire import (
    Attach,
    End,
    Ended,
    FileTouched,
    HostFailed,
    Interrupt,
    Keys,
    Message,
    Output,
    Request,
    Resize,
    Review,
    RunCommand,
    SessionMode,
    SessionSpec,
    Settle,
    Started,
    StepBegan,
    StepEnded,
    Stopped,
    Unmask,
    Warned,
)

IDLE_S = 0.1
"""So long a silence, and what was held back for masking is written."""
HANG_UP_S = 1.0
"""How long a shell gets to end once its terminal is closed."""
LONELY_S = 10.0
"""How long the first front end gets to attach."""
_END_OF_FILE = b"\x04"
KEPT_AT_ONCE = 50
"""Contents that are stored before the terminal is looked after again."""
BACKLOG = 64 << 20
"""Bytes that a slow front end may lag behind until the terminal waits for it."""
STUCK_S = 10.0
"""How long one that lags so far behind may take nothing at all: its terminal is gone without a word."""


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
        self._typed = spec.mode is SessionMode.TYPED
        self._notices: Notices | None = None
        self._selector = selectors.DefaultSelector()
        self._front = Attachment(
            listener,
            self._selector,
            asked=self._ask,
            came=self._welcome,
            gone=self._abandoned,
            shared=spec.keep_on_detach,
        )
        self._address = self._front.address
        self._noted: bool | None = None
        self._stopped: str | None = None
        self._wake, self._bell = socket.socketpair()
        self._idle_at: float | None = None
        self._kill_at: float | None = None
        self._stuck_at: float | None = None
        self._lag = 0
        self._lonely_at: float | None = None if spec.keep_on_detach else LONELY_S
        self._status: RunStatus | None = None
        self._abandon = False
        self._alive = True
        self._listening = 0
        self._terminated = False
        self._over = False
        self._wound_up = False
        self._settled = False

    def open(self) -> None:
        """Start the shell and the tape.

        Raises:
            HostError: One of them can't be started.
        """
        home = Home(Path(self._spec.home)).prepare()
        self._shell = shell_named(self._spec.shell, Path(self._spec.folder or ""), typed=self._typed)
        # Spawned before the watcher: forking beside threads may deadlock.
        self._terminal = self._spawn(self._shell)
        leave_no_core()
        self._listen_to_signals()
        self._front.tell(Started())
        # The front end waits for this; to look at a big workspace takes longer.
        self._turn(LONELY_S)
        always, run_id = self._spec.always, self._spec.run_id
        folder = home.run_folder(run_id) if always is None else home.always / run_id
        folder.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)
        # Before the trace: one that nobody holds is taken for the rest of a killed host.
        self._lock = announce(folder / LOCK, self._presence())
        self._tape = TapeWriter(folder) if always is None else RotatingTape(folder, always)
        self._recorder = self._begin(home)
        self._listen_to_terminal()

    def _begin(self, home: Home) -> Recorder:
        """Look at the workspace for the first time and write the head of the run."""
        redactor = Redactor(load_rules(home))
        for secret in self._spec.secrets:
            redactor.hide(secret)
        if isinstance(self._tape, RotatingTape):
            return self._begin_always(home, redactor, self._tape)
        ignore = load_ignore(home)
        self._notices = notices = Notices(
            str(self._root),
            ignore,
            watch=self._spec.watch,
            live=self._tell_of_file if self._typed else None,
            ring=self._ring,
            selector=self._selector,
        )
        keep = keeper(home.keep_blob, redactor, self._warn)
        files = Workspace(self._root, ignore, also=self._spec.watch, keep=keep, enter=notices.enter)
        self._files: Workspace | Roaming = files
        seen, complete = files.baseline()
        world = World(
            terminal=self._terminal,
            shell=self._shell,
            tape=LastingTape(self._tape, self._stop) if self._spec.keep_on_detach else self._tape,
            files=files,
            hints=notices.hints,
            clock=self._clock,
        )
        recorder = Recorder(world, redactor, self._tell, handed=not self._typed)
        environment = self._spec.environment or {}
        recorder.begin(
            RunStarted(
                run=head_of(self._spec, self._clock.began()),
                environment=environment,
                workspace_before=seen,
                workspace_complete=complete,
            )
        )
        if self._stopped is not None:
            raise HostError(self._stopped)
        return recorder

    def _begin_always(self, home: Home, redactor: Redactor, tape: RotatingTape) -> Recorder:
        """Watch whatever the shell comes by."""
        environment = self._spec.environment or {}
        files = Roaming(
            load_ignore(home),
            user_home=environment.get("HOME", ""),
            keep=keeper(tape.keep, redactor, self._warn),
            limit=CONTENT_LIMIT,
            moved=tape.moved,
        )
        world = World(
            terminal=self._terminal,
            shell=self._shell,
            tape=tape,
            files=files,
            hints=Hints,
            clock=self._clock,
            enter=files.enter,
            saw=files.saw,
        )
        self._files = files
        recorder = Recorder(world, redactor, self._tell, handed=False)
        recorder.begin(
            RunStarted(run=head_of(self._spec, self._clock.began()), environment=environment, workspace_complete=False)
        )
        return recorder

    def serve(self) -> None:
        """Work until the session is over."""
        while not self._over:
            self._turn(self._patience())
            self._tick()

    def _turn(self, patience: float | None) -> None:
        for key, events in self._selector.select(patience):
            key.data(events)

    def close(self, *, failure: str | None = None) -> None:
        """Leave nothing behind; may be called however far `open` came.

        Args:
            failure: Why the session could not go on.
        """
        if self._notices is not None:
            self._notices.close()
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
            case Unmask():
                self._recorder.unmask(frozenset(request.secrets))
            case Settle():
                self._settled = True

            case Attach():
                # Also from the front end that is there: its terminal shows something else now.
                self._terminal.ask_to_redraw()

    def _welcome(self) -> None:
        # What was held back for masking is shown to nobody else: the newcomer reads it from the disk.
        self._recorder.idle()
        self._front.tell(Started(recorded=self._tape.offset))
        if self._stopped is not None:
            self._front.tell(Stopped(message=self._stopped))
        self._recorder.welcome()

    def _tell(self, message: Message) -> None:
        """Tell the front end what it shows; steps only as long as they are written down."""
        hidden = isinstance(message, Output) and not self._spec.shows_output
        unwritten = self._stopped is not None and isinstance(message, StepBegan | StepEnded)
        if not hidden and not unwritten:
            self._front.tell(message)

    def _stop(self, error: OSError) -> None:
        """The disk said no: what a person has running must not die of it, so the shell goes on unrecorded."""
        self._stopped = (
            f"the recording of {self._spec.run_id} stopped: {error.strerror}; every step that had ended is kept. "
            f"The shell goes on unrecorded: make room in {self._spec.home}, leave it with exit and record again"
        )
        self._front.tell(Stopped(message=self._stopped))

    def _warn(self, message: str) -> None:
        self._front.tell(Warned(message=message))

    def _presence(self) -> Presence:
        return Presence(
            address=self._address,
            pid=os.getpid(),
            machine=os.uname().nodename,
            attached=self._front.attached,
            kept=self._spec.keep_on_detach,
        )

    def _note_presence(self) -> None:
        """Let others see whether somebody sits here."""
        if self._noted is not self._front.attached:
            self._noted = self._front.attached
            with contextlib.suppress(OSError):
                note(self._lock, self._presence())

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
            if not self._recorder.busy:
                # The line editor may miss a signal until the next key; this one runs nothing.
                self._terminal.write(_END_OF_FILE)

    # -- what happens

    def _printed(self, events: int) -> None:
        if events & selectors.EVENT_WRITE:
            self._terminal.send_more()
        if events & selectors.EVENT_READ:
            data = self._terminal.read()
            self._alive = data is not None
            if data:
                self._recorder.printed(data)
                self._idle_at = self._clock.elapsed() + IDLE_S

    def _listen_to_terminal(self) -> None:
        """Listen unless the front end lags too far behind; write when there is something to type."""
        events = selectors.EVENT_WRITE if self._terminal.unsent and self._alive else 0
        if self._alive and self._front.backlog < BACKLOG:
            events |= selectors.EVENT_READ
        if events == self._listening:
            return
        if self._listening:
            self._selector.unregister(self._terminal)
        if events:
            self._selector.register(self._terminal, events, self._printed)
        self._listening = events

    def _woken(self, _events: int) -> None:
        with contextlib.suppress(BlockingIOError):
            self._terminated = self._terminated or signal.SIGTERM in self._wake.recv(4096)
        if self._notices is not None:
            self._notices.told()

    def _tell_of_file(self, path: str, kind: str) -> None:
        if self._front.attached:
            self._front.tell(FileTouched(path=path, kind=kind))

    def _ring(self) -> None:
        """May be called on any thread."""
        with contextlib.suppress(OSError):
            self._bell.send(b"\0")

    def _patience(self) -> float | None:
        """Seconds until something is due; None when only an event can bring work."""
        if self._files.waiting:
            return 0.0
        now = self._clock.elapsed()
        due = [at - now for at in (self._idle_at, self._kill_at, self._stuck_at, self._lonely_at) if at is not None]
        check = self._recorder.next_check()
        if check is not None:
            due.append(check)
        return max(0.0, min(due)) if due else None

    def _tick(self) -> None:
        self._note_presence()
        self._recorder.check()
        self._files.settle(KEPT_AT_ONCE)
        if self._terminated:
            self._hang_up(RunStatus.PARTIAL)
        if self._is_due(self._idle_at):
            self._idle_at = None
            self._recorder.idle()
        if self._is_due(self._kill_at):
            self._kill_at = None
            self._terminal.kill_all()
        if self._front.attached:
            self._lonely_at = None
        elif self._is_due(self._lonely_at):
            self._lonely_at = None
            self._abandoned()
        if self._spec.keep_on_detach:
            self._look_after_front()
        status = self._terminal.exit_status()
        if status is None:
            self._listen_to_terminal()
            return
        if not self._wound_up:
            self._wind_up(status)
        if self._settled or not self._front.attached:
            self._finish()

    def _look_after_front(self) -> None:
        """What a person has running must not wait for ever for a terminal that a dropped connection has left behind."""
        lag, before = self._front.backlog, self._lag
        self._lag = lag
        if lag < BACKLOG:
            self._stuck_at = None
        elif self._stuck_at is None or lag != before:
            self._stuck_at = self._clock.elapsed() + STUCK_S
        elif self._is_due(self._stuck_at):
            self._front.drop()

    def _is_due(self, at: float | None) -> bool:
        return at is not None and self._clock.elapsed() >= at

    def _wind_up(self, shell_status: int) -> None:
        """The shell is gone: nothing is recorded from here on, and what was masked may be looked at."""
        self._wound_up = True
        while data := self._terminal.read():
            self._recorder.printed(data)
        if self._status is None:
            self._recorder.shell_ended(shell_status)
        elif self._abandon:
            self._terminal.kill_all()
        else:
            self._terminal.hang_up_rest()
        if self._listening:
            self._selector.unregister(self._terminal)
            self._listening = 0
        if self._spec.review and self._recorder.masked:
            self._front.tell(Review())
        else:
            self._settled = True

    def _finish(self) -> None:
        """Close the run, what somebody wanted shown again written anew."""
        status = RunStatus.PARTIAL if self._stopped else self._status or self._recorder.status
        self._recorder.end(status)
        masks, events = self._recorder.undone()
        if masks or events:
            unmask(Home(Path(self._spec.home)).run_folder(self._spec.run_id), masks, events)
        self._front.tell(Ended(status=status, run_id=self._spec.run_id))
        self._over = True

    # -- starting

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
        failure = (
            f"the recording of {spec.run_id} stopped: {error.strerror}; make room in {spec.home}, and record again"
        )
    finally:
        host.close(failure=failure)
    # Not after a defect: the front end reads its last words from a file in there.
    shutil.rmtree(Path(spec.folder or "").parent, ignore_errors=True)


if __name__ == "__main__":
    main()
