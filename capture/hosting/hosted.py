"""Owns the terminal and the tape of one session: front ends attach to it and may die without a loss."""

import contextlib
import selectors
import socket
from pathlib import Path

from capture.always.roaming import Roaming
from capture.always.rotation import RotatingTape
from capture.deadlines import Deadline, soonest
from capture.errors import HostError
from capture.events import RunStarted
from capture.files.effects import Workspace, shown_name
from capture.files.ignore import Ignore, load_ignore
from capture.files.noticing import Notices
from capture.home import PRIVATE_FOLDER, Home
from capture.hosting.attachment import Attachment
from capture.hosting.bell import Bell
from capture.hosting.feeding import Feed
from capture.hosting.hanging_up import HangingUp
from capture.hosting.patience import LONELY_S, Patience
from capture.hosting.remote import LOST, NoFiles, RemoteTerminal, remote_world
from capture.hosting.sign import Sign
from capture.hosting.starting import SystemClock, leave_no_core, remedy, spawned
from capture.hosting.worlds import Outset, roaming_world, workspace_world
from capture.processes import adopt_orphans
from capture.protocols import Tape, World
from capture.recorder import Recorder
from capture.secrets.redaction import Redactor
from capture.secrets.rules import load_rules
from capture.shells import Shell, shell_named
from capture.shells.remote import RemoteBash
from capture.tape.contents import Keeping
from capture.tape.followed import FollowedTape
from capture.tape.lasting import LastingTape
from capture.tape.unmasking import unmask
from capture.tape.writer import LOCK, TapeWriter
from capture.terminal import PseudoTerminal
from capture.trace import RunStatus
from capture.wire import (
    AskKept,
    Attach,
    End,
    Ended,
    FileTouched,
    HostFailed,
    Interrupt,
    Keys,
    Look,
    Looked,
    Message,
    Output,
    Pause,
    Paused,
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
    TakeNote,
    Unmask,
    Warned,
)

IDLE_S = 0.1
"""So long a silence, and what was held back for masking is written."""
KEPT_AT_ONCE = 50
"""Contents that are stored before the terminal is looked after again."""


class Host:
    """One session from its shell's start to the closed tape.

    Args:
        spec: What to start.
        listener: Where front ends attach.
    """

    def __init__(self, spec: SessionSpec, listener: socket.socket) -> None:
        self._spec = spec
        self._clock = SystemClock()
        self._typed = spec.mode is SessionMode.TYPED
        self._notices: Notices | None = None
        self._keeping = Keeping(Home(Path(spec.home)))
        self._selector = selectors.DefaultSelector()
        self._front = Attachment(
            listener,
            self._selector,
            asked=self._ask,
            came=self._welcome,
            gone=self._abandoned,
            heard=self._heard,
            shared=spec.keep_on_detach,
        )
        self._sign = Sign(spec, self._front, paused=lambda: self._recorder.standing.paused)
        self._patience = Patience(self._front, self._clock, kept=spec.keep_on_detach)
        self._bell = Bell(self._selector, self._rung)
        self._stopped: str | None = None
        self._idle = Deadline(self._clock)
        self._abandon = False
        self._over = False
        self._wound_up = self._lost = False
        self._files: Workspace | Roaming | NoFiles
        self._exit_code: int | None = None
        self._settled = False

    def open(self) -> None:
        """Start the shell and the tape.

        Raises:
            HostError: One of them can't be started.
        """
        home = Home(Path(self._spec.home)).prepare()
        # Spawned before the watcher: forking beside threads may deadlock.
        self._shell, self._terminal = self._spawned()
        self._hanging_up = HangingUp(self._terminal, self._clock, busy=lambda: self._recorder.busy)
        leave_no_core()
        adopt_orphans()
        self._bell.listen_to_signals()
        self._front.tell(Started())
        # The front end waits for this; to look at a big workspace takes longer.
        self._turn(LONELY_S)
        always, run_id = self._spec.always, self._spec.run_id
        folder = home.run_folder(run_id) if always is None else home.always / run_id
        folder.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)
        # Before the trace: one that nobody holds is taken for the rest of a killed host.
        self._sign.put_up(folder / LOCK)
        self._tape = TapeWriter(folder) if always is None else RotatingTape(folder, always)
        self._recorder = self._begin(home)
        self._feed = Feed(self._terminal, self._selector, self._printed)
        self._feed.listen(hold=self._patience.lags)

    def _spawned(self) -> tuple[Shell, PseudoTerminal]:
        spec = self._spec
        if spec.remote is not None:
            far = RemoteBash(spec.remote.ssh, before=spec.before, looked=lambda output: self._tell(Looked(output)))
            return far, RemoteTerminal(spec, far)
        shell = shell_named(spec.shell, Path(spec.folder or ""), typed=self._typed)
        return shell, spawned(spec, shell)

    def _begin(self, home: Home) -> Recorder:
        """Look at the files for the first time and write the head of the run."""
        redactor = Redactor(load_rules(home))
        for secret in self._spec.secrets:
            redactor.hide(secret)
        if isinstance(self._shell, RemoteBash) and isinstance(self._terminal, RemoteTerminal):
            tape = self._guarded(self._tape)
            world, head = remote_world(self._spec, self._terminal, self._shell, self._clock, tape)
            self._files = NoFiles()
            return self._recording(world, redactor, head)
        outset = Outset(
            spec=self._spec,
            store=self._keeping.store,
            terminal=self._terminal,
            shell=self._shell,
            clock=self._clock,
            redactor=redactor,
            ignore=load_ignore(home),
            warn=self._warn,
        )
        if isinstance(self._tape, RotatingTape):
            beginning = roaming_world(outset, self._tape)
        else:
            beginning = workspace_world(outset, self._guarded(self._tape), self._notice(outset.ignore))
        self._files = beginning.files
        return self._recording(beginning.world, redactor, beginning.head)

    def _recording(self, world: World, redactor: Redactor, head: RunStarted) -> Recorder:
        recorder = Recorder(world, redactor, self._tell, handed=not self._typed)
        recorder.begin(head)
        if self._stopped is not None:
            raise HostError(self._stopped)
        return recorder

    def _guarded(self, tape: Tape) -> Tape:
        """The tape as this kind of session wants it: a failing disk, or a slow one, must not stand in its way."""
        if self._spec.keep_on_detach:
            return LastingTape(tape, self._stop)
        return FollowedTape(tape) if self._spec.mode is SessionMode.HANDED else tape

    def _notice(self, ignore: Ignore) -> Notices:
        """Notice where files change from now on."""
        self._notices = Notices(
            str(Path(self._spec.watched or self._spec.workspace)),
            ignore,
            watch=self._spec.watch,
            live=self._tell_of_file if self._typed else None,
            ring=self._bell.ring,
            selector=self._selector,
        )
        return self._notices

    def serve(self) -> None:
        """Work until the session is over."""
        while not self._over:
            self._turn(self._due_in())
            self._tick()

    def _turn(self, patience: float | None) -> None:
        for key, events in self._selector.select(patience):
            key.data(events)

    def close(self, *, failure: str | None = None) -> None:
        """Leave nothing behind; may be called however far `open` came.

        Args:
            failure: Why the session could not go on.
        """
        with contextlib.suppress(AttributeError):
            if self._terminal.exit_status() is None:
                self._terminal.kill_all()
            self._terminal.close()
        if failure is not None:
            with contextlib.suppress(AttributeError, OSError):
                self._recorder.end(RunStatus.PARTIAL)
            self._front.tell(HostFailed(message=failure))
        self._sign.take_down()
        self._front.close()
        # Nobody waits for it: the system takes a while to forget what it watched.
        if self._notices is not None:
            self._notices.close()

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
            case AskKept(before=before):
                self._tell(self._recorder.kept(before=before))
            case End():
                self._hanging_up.begin(request.status or self._recorder.status)
            case Attach():
                # Also from the front end that is there: its terminal shows something else now.
                self._terminal.ask_to_redraw()
            case Look() | Unmask() | TakeNote() | Pause() | Settle():
                self._ask_of_recording(request)

    def _ask_of_recording(self, request: Look | Unmask | TakeNote | Pause | Settle) -> None:
        match request:
            case Look(text=text):
                if isinstance(self._terminal, RemoteTerminal):
                    self._terminal.look(text)
            case Unmask():
                self._recorder.unmask(frozenset(request.secrets))
            case TakeNote(text=text):
                self._recorder.note(text)
            case Pause(on=on):
                self._recorder.pause(on=on)
            case Settle():
                self._settled = True

    def _heard(self, request: TakeNote | Pause) -> Message:
        """Somebody who is no front end notes something, or pauses: only a recording that goes on takes that."""
        if self._stopped is not None:
            return HostFailed(message=self._stopped)
        if self._wound_up or self._hanging_up.status is not None:
            return HostFailed(
                message=f"{self._spec.run_id} has just ended; replaybook show {self._spec.run_id} shows it"
            )
        self._ask_of_recording(request)
        return self._recorder.standing

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
        if message == Paused(on=False):
            # The prompt that stands there is not on the tape.
            self._terminal.ask_to_redraw()

    def _stop(self, error: OSError) -> None:
        """The disk said no: what a person has running must not die of it, so the shell goes on unrecorded."""
        self._stopped = (
            f"the recording of {self._spec.run_id} stopped: {error.strerror}; every step that had ended is kept. "
            f"The shell goes on unrecorded: {remedy(error, self._spec.home)}, leave it with exit and record again"
        )
        self._front.tell(Stopped(message=self._stopped))

    def _warn(self, message: str) -> None:
        self._front.tell(Warned(message=message))

    def _abandoned(self) -> None:
        if not self._spec.keep_on_detach and not self._over:
            self._abandon = True
            self._hanging_up.begin(RunStatus.PARTIAL)

    # -- what happens

    def _printed(self, data: bytes) -> None:
        self._recorder.printed(data)
        self._idle.set(IDLE_S)

    def _rung(self) -> None:
        if self._notices is not None:
            self._notices.told()

    def _tell_of_file(self, path: str, kind: str) -> None:
        if self._front.attached:
            self._front.tell(FileTouched(path=shown_name(path), kind=kind))

    def _due_in(self) -> float | None:
        """Seconds until something is due; None when only an event can bring work."""
        if self._files.waiting:
            return 0.0
        checks = (self._hanging_up.next_check(), self._patience.next_check(), self._recorder.next_check())
        return soonest(self._idle.left_s, *checks)

    def _tick(self) -> None:
        self._sign.write()
        self._recorder.check()
        self._files.settle(KEPT_AT_ONCE)
        # Whatever was stored by now, the trace names.
        self._keeping.release()
        if self._bell.terminated:
            self._hanging_up.begin(RunStatus.PARTIAL)
        if self._idle.passed:
            self._idle.clear()
            self._recorder.idle()
        self._hanging_up.check(gone=self._wound_up)
        if self._patience.lost():
            self._abandoned()
        self._patience.drop_stuck()
        status = self._terminal.exit_status()
        if status is None:
            self._feed.listen(hold=self._patience.lags)
            return
        if not self._wound_up:
            self._wind_up(status)
        if self._settled or not self._front.attached:
            self._finish()

    def _wind_up(self, shell_status: int) -> None:
        """The shell is gone: nothing is recorded from here on, and what was masked may be looked at."""
        self._wound_up, self._exit_code = True, shell_status
        for data in self._feed.rest():
            self._recorder.printed(data)
        if self._hanging_up.status is None:
            self._lost = self._spec.remote is not None and shell_status == LOST
            self._recorder.shell_ended(None if self._lost else shell_status)
        elif self._abandon:
            self._terminal.kill_all()
        else:
            self._terminal.hang_up_rest()
        if self._spec.review and self._recorder.masked:
            self._front.tell(Review())
        else:
            self._settled = True

    def _finish(self) -> None:
        """Close the run, what somebody wanted shown again written anew."""
        status = RunStatus.PARTIAL if self._stopped or self._lost else self._hanging_up.status or self._recorder.status
        self._recorder.end(status)
        masks, events = self._recorder.undone()
        if masks or events:
            unmask(Home(Path(self._spec.home)).run_folder(self._spec.run_id), masks, events)
        self._front.tell(Ended(status=status, run_id=self._spec.run_id, exit_code=self._exit_code))
        self._over = True
