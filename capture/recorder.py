"""Turns a terminal's bytes and a shell's marks into steps, and writes them down as they happen."""

from collections.abc import Callable, Mapping
from functools import partial

import msgspec

from capture import events
from capture.deadlines import soonest
from capture.errors import HostError
from capture.prompts import Mark, MarkKind, MarkParser, Output
from capture.protocols import World
from capture.recording.conversation import Conversation
from capture.recording.handing import Handing
from capture.recording.interrupting import Interrupt
from capture.recording.keeping import Keeping
from capture.recording.masked_tape import MaskedTape
from capture.recording.records import Records
from capture.recording.remarks import Remarks
from capture.recording.shell_state import ShellState, environment_change
from capture.recording.steps import Ending, OpenStep
from capture.recording.supervisor import Supervisor
from capture.secrets.masked import masked_effects
from capture.secrets.noting import Noted
from capture.secrets.redaction import Redactor
from capture.secrets.streaming import Mask
from capture.trace import EnvEffects, LateEffects, RunStatus, Step, StepStatus
from capture.wire import Kept, Message, Ready, RunCommand, Standing, StepBegan, StepEnded
from capture.wire import Output as OutputMessage

_NOTHING_FOUND = 1
_ENTERS = b"\r\n\x0f"
"""Keys by which a line editor runs a line."""


class Recorder:
    """One session from its first byte to its last.

    Args:
        world: What it touches.
        redactor: Masks secrets before anything is written.
        emit: Takes messages for whoever looks on.
        handed: Commands are handed over one by one: the shell waits before each prompt.
    """

    def __init__(self, world: World, redactor: Redactor, emit: Callable[[Message], None], *, handed: bool) -> None:
        self._world = world
        self._redactor = redactor
        self._emit = emit
        self._handed = handed
        self._marks = MarkParser(world.shell.nonce)
        self._records = Records(world.shell, world.clock)
        self._tape = MaskedTape(world.tape, redactor, world.clock, emit)
        self._remarks = Remarks(self._tape, world.clock, emit)
        self._conversation = Conversation(world.terminal, world.shell, redactor, self._tape)
        self._supervisor = Supervisor(world.terminal, world.clock, self._conversation.given)
        self._handing = Handing(world.terminal, world.shell, world.clock)
        self._interrupt = Interrupt(world.terminal, world.clock)
        self._keeping = Keeping(world.shell, redactor)
        self._state: ShellState | None = None
        self._step: OpenStep | None = None
        self._begun: StepBegan | None = None
        self._scripted = False
        self._handed_at: float | None = None
        self._steps = 0
        self._entry: int | None = None
        self._seq: int | None = None
        self._cwd = ""
        self._last_status: StepStatus = StepStatus.SUCCESS
        self._at_prompt = False

    def begin(self, head: events.RunStarted) -> None:
        """Write the head.

        Args:
            head: What is known before the shell's first prompt, its environment not yet masked.
        """
        self._cwd = head.run.cwd
        self._tape.begin(head)

    def welcome(self) -> None:
        """Somebody new looks on: tell what runs, or whether the shell takes a command."""
        if self._begun is not None:
            self._emit(self._begun)
        if self._at_prompt:
            self._emit(Ready(cwd=self._cwd))
        self._remarks.tell()

    @property
    def busy(self) -> bool:
        """Whether a step runs."""
        return self._step is not None

    @property
    def status(self) -> RunStatus:
        """How the run ends if it ends now by itself."""
        if self._step is not None:
            return RunStatus.PARTIAL
        return RunStatus.SUCCESS if self._last_status is StepStatus.SUCCESS else RunStatus.FAILED

    def printed(self, data: bytes) -> None:
        """Take output of the terminal."""
        for piece in self._marks.feed(data):
            if isinstance(piece, Output):
                self._output(piece.data)
            else:
                self._mark(piece)

    def keys(self, data: bytes) -> None:
        """A person types."""
        if self._step is not None:
            self._conversation.keys(data)
        elif self._at_prompt and not self._remarks.paused and any(key in _ENTERS for key in data):
            self._look_between()
        self._world.terminal.write(data)

    def run(self, job: RunCommand) -> None:
        """Run a command as soon as the shell takes one."""
        self._handing.take(job)
        self._start_job()

    def interrupt(self) -> None:
        """Press ctrl-C."""
        if self._step is not None or self._handing.typed:
            self._interrupt.press()

    def kept(self, *, before: bool) -> Kept:
        """What the shell holds that no step tells of.

        Args:
            before: Before the last command, not behind it.
        """
        return self._keeping.kept(before=before)

    def resize(self, columns: int, rows: int) -> None:
        """The screen has another size."""
        self._world.terminal.resize(columns, rows)
        self._tape.resized(columns, rows)

    def idle(self) -> None:
        """The terminal is silent: what was held back for masking may be written, unless a secret is being typed."""
        self._tape.pause()

    def next_check(self) -> float | None:
        """Seconds until `check` wants to be called; None for never."""
        return soonest(self._handing.next_check(), self._interrupt.next_check(), self._supervisor.next_check())

    def check(self) -> None:
        """Look after the running step, or the command that was never completed."""
        self._handing.check()
        if self._handing.asks:
            self._takes_command()
        self._interrupt.check()
        self._supervisor.check()

    def shell_ended(self, status: int | None) -> None:
        """The shell is gone; a step that it was running ended with it.

        Args:
            status: Exit code, or 128 and a signal's number; None: nobody knows what became of it.
        """
        self._output(self._marks.flush())
        if self._step is not None:
            self._end_step(self._step, self._cut(status))

    def end(self, status: RunStatus) -> None:
        """Close the run; a step that still runs is left `partial`."""
        if self._step is not None:
            self._end_step(self._step, self._cut(None))
        else:
            self._look_between()
        self._tape.settled()
        self._remarks.close(self._steps, self._state, self._cwd)
        self._tape.event(lambda _: events.RunEnded(status=status, at=self._world.clock.now()))
        self._tape.sync()
        self._world.files.settle()

    @property
    def masked(self) -> bool:
        """Whether something was masked that can be shown again."""
        return self._tape.masked

    def note(self, text: str) -> None:
        """A person says something of it."""
        self._remarks.note(text, self._steps)

    @property
    def standing(self) -> Standing:
        """Whether it is paused, and behind which step."""
        remarks = self._remarks
        return Standing(paused=remarks.paused, pausing=remarks.wanted, after_step=self._steps)

    def pause(self, *, on: bool) -> None:
        """A person wants nothing recorded, or all of it again; between commands."""
        self._remarks.pause(on=on)
        self._settle_pause()

    def _settle_pause(self) -> None:
        if self._step is None and self._remarks.due:
            # What changed until here, or while nothing was recorded, is no step's.
            self._look_between()
            self._remarks.settle(self._steps, self._state, self._cwd)

    def unmask(self, secrets: frozenset[int]) -> None:
        """These are no secrets."""
        self._tape.unmask(secrets)

    def undone(self) -> tuple[list[Mask], Mapping[int, events.Event]]:
        """What has to be written anew once the run is closed: masks of the tape, and lines of the trace."""
        return self._tape.undone()

    # -- the byte stream

    def _output(self, data: bytes) -> None:
        if not data:
            return
        if self._step is not None:
            self._step.printed(data)
            self._supervisor.active()
            if b"\n" in data:
                # Before the tape has it: the same output may say the secret that its first line turned out to hide.
                self._conversation.shown()
        else:
            self._handing.printed(data)
        if not self._remarks.paused:
            self._tape.output(data)
        self._emit(OutputMessage(data=data))

    def _mark(self, mark: Mark) -> None:
        self._records.hear()
        match mark.kind:
            case MarkKind.BEGAN:
                self._command_began(mark)
            case MarkKind.SETTLED:
                if self._step is not None:
                    self._step.settle(self._tape.settled())
            case MarkKind.ENDED:
                self._command_ended(mark)
            case MarkKind.PROMPT:
                self._prompt(mark)
            case MarkKind.MORE:
                self._handing.more()
            case MarkKind.UNFIT:
                raise HostError("this bash is older than 4.4 and can't be recorded; install a newer one")

    def _command_began(self, mark: Mark) -> None:
        record = self._records.began(mark, self._cwd)
        if self._step is not None:
            if mark.seq == self._seq and (self._scripted or record.entry == self._entry):
                # Several commands were pasted at one prompt: a script's entry is one step.
                return
            self._end_step(self._step, self._ending(record.at, record.status, record.cwd))
        self._seq, self._entry, self._cwd, self._at_prompt = mark.seq, record.entry, record.cwd, False
        if self._remarks.began():
            return
        command = self._handing.text(record.command)
        self._begin_step(command, record.at, self._tape.settled())

    def _command_ended(self, mark: Mark) -> None:
        before = self._state
        record = self._records.ended(mark, self._cwd, before.environment if before else {})
        waits = self._handed or self._scripted or before is None or self._step is None
        self._state = (before or ShellState()).after(record)
        self._keeping.ended(mark.seq, self._state)
        if before is None:
            defined = self._state.defined
            self._tape.event(
                lambda noted: events.ShellReady(environment=noted.environment(record.environment)[0], defined=defined)
            )
        elif self._step is not None:
            change = partial(environment_change, before, self._state)
            left = record.partial_line
            dropped = 0 if left is None else self._step.forget_partial_line_mark(left)
            ending = self._ending(record.at, record.status, record.cwd)
            ending = msgspec.structs.replace(ending, output_end=ending.output_end - dropped)
            if self._step.inputs and not self._scripted:
                self._step.take_back(self._world.terminal.unread())
            ended = self._write_end(self._step, ending, change)
            if not waits:
                # A person gets their prompt as soon as the step can't be lost any more by the death of this process.
                self._let_go(mark.seq)
            self._secure(ended)
        elif self._handing.typed:
            self._refused(record.status, record.partial_line)
        if self._remarks.unseen:
            # What was committed unrecorded is no commit of the next step.
            for place in dict.fromkeys((self._cwd, record.cwd)):
                self._world.committed(place)
        self._remarks.ended()
        self._cwd = record.cwd
        if self._scripted:
            # What a script typed and its program did not read must not become a command.
            self._world.terminal.discard_input()
        if waits:
            self._let_go(mark.seq)
        # No command begins before this is done: who types it, or hears of it, is this process.
        self._world.enter(record.cwd)

    def _let_go(self, seq: int) -> None:
        """The shell may go on to its prompt."""
        self._at_prompt = False
        self._world.terminal.note_jobs()
        if self._handed:
            # A command that comes by now is kept until the prompt stands, which it need not wait for.
            self._emit(Ready(cwd=self._cwd))
        self._world.shell.release(seq)

    def _prompt(self, mark: Mark) -> None:
        if self._step is not None:
            # The user's own prompt code has pushed ours aside; it comes back with the next command.
            self._end_step(self._step, self._ending(self._wall(), mark.status, self._cwd))
        if self._handing.typed:
            if self._handing.taken:
                self._refused(_NOTHING_FOUND)
                self._at_prompt = True
                self._emit(Ready(cwd=self._cwd))
            return
        self._takes_command()

    def _takes_command(self) -> None:
        self._handing.asked()
        if self._at_prompt:
            return
        self._at_prompt = True
        self._settle_pause()
        if not self._handed:
            self._emit(Ready(cwd=self._cwd))
        self._start_job()

    # -- commands that a script hands over

    def _start_job(self) -> None:
        job = self._handing.waiting
        if job is None or self._step is not None or not self._at_prompt:
            return
        # Before the shell hears of it: what a step starts first may be older than the mark that tells of its beginning.
        self._handed_at = self._world.terminal.started_clock()
        self._look_between()
        self._handing.type(job)

    def _refused(self, status: int, partial_line: str | None = None) -> None:
        """The shell took a script's text and ran nothing."""
        refusal = self._handing.refused()
        if refusal is None:
            return
        end = self._tape.settled()
        step = self._begin_step(refusal.command, self._wall(), max(0, end - len(refusal.output)))
        step.printed(refusal.output)
        if partial_line is not None:
            step.forget_partial_line_mark(partial_line)
        step.unmet_prompt = refusal.unfinished
        exit_code = 0 if refusal.nothing else status or _NOTHING_FOUND
        self._end_step(step, self._ending(self._wall(), exit_code, self._cwd))

    # -- steps

    def _begin_step(self, command: str, at: float, offset: int) -> OpenStep:
        begun = self._world.terminal.started_clock() if self._handed_at is None else self._handed_at
        self._handed_at = None
        self._steps += 1
        step = OpenStep(step_index=self._steps, command=command, cwd=self._cwd, at=at, output_start=offset)
        search_path = self._state.environment.get("PATH", "") if self._state else ""
        step.tools = self._world.tools(command, search_path, self._cwd)
        step.refs = self._world.refs(command, self._cwd)
        started = self._tape.event(
            lambda noted: events.StepStarted(
                step_index=step.step_index,
                command=noted.of("command").command(command)[0],
                cwd=noted.of("path").text(step.cwd)[0],
                at=step.started_at(),
                output_start=offset,
            )
        )
        self._begun = StepBegan(
            step_index=step.step_index, command=started.command, cwd=started.cwd, started_at=started.at
        )
        self._emit(self._begun)
        self._step = step
        self._conversation.begin(step)
        self._interrupt.step_began()
        job = self._handing.begun()
        self._scripted = job is not None
        if job is not None:
            step.kind = job.kind
            if not job.attended:
                self._supervisor.begin(step, job.prompts, job.timeout_s, begun=begun)
        return step

    def _ending(self, at: float, status: int | None, cwd: str) -> Ending:
        settled = self._tape.settled()
        if self._step is not None:
            settled = self._step.settle(settled)
        return Ending(
            at=at,
            exit_code=status,
            cwd=cwd,
            output_end=settled,
            file_effects=self._world.files.changes(self._world.hints()),
            effects_seen=self._world.saw(self._step.cwd if self._step else cwd),
            committed=self._world.committed(cwd),
            message=self._world.message(cwd) if self._step and self._step.full_screen else None,
        )

    def _look_between(self) -> None:
        """What changed since the last step ended is nobody's: the next one must not be charged with it."""
        hints = self._world.hints()
        found = () if hints.quiet else self._world.files.changes(hints)
        if found:
            after, at = self._steps, self._world.clock.now()
            self._tape.event(
                lambda noted: events.FilesChanged(
                    effects=LateEffects(after_step=after, at=at, file_effects=masked_effects(found, noted.of("path")))
                )
            )

    def _cut(self, status: int | None) -> Ending:
        return self._ending(self._wall(), status, self._cwd)

    def _end_step(self, step: OpenStep, ending: Ending) -> None:
        self._secure(self._write_end(step, ending))

    def _write_end(self, step: OpenStep, ending: Ending, change: Callable[[Noted], EnvEffects] | None = None) -> Step:
        """Write a step down: from here on it outlives this process."""
        self._supervisor.end()
        self._conversation.end()
        self._interrupt.step_ended()
        self._step = self._begun = None
        if self._world.shell.prelude is not None:
            step.forget_prelude(self._world.shell.prelude)
        ended = self._tape.event(lambda _: events.StepEnded(step=step.end(ending, self._redactor, change))).step
        self._last_status = ended.status
        return ended

    def _secure(self, ended: Step) -> None:
        """From here on it outlives the machine."""
        self._tape.sync()
        self._emit(StepEnded(step=ended))

    def _wall(self) -> float:
        return self._world.clock.now().timestamp()
