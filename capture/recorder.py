"""Turns a terminal's bytes and a shell's marks into steps, and writes them down as they happen."""

import codecs
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

import msgspec

from capture import events
from capture.dialogue import TypedLines, wants_secret
from capture.errors import HostError
from capture.files.effects import Hints
from capture.printable import plain_text
from capture.prompts import Mark, MarkKind, MarkParser, Output
from capture.protocols import Clock, Tape, Terminal, WatchedFiles
from capture.secrets.masked import masked_effects, masked_head, masked_input, summed
from capture.secrets.redaction import Mask, Noted, Redactor
from capture.secrets.undoing import Kept
from capture.shell_state import ShellState, environment_change
from capture.shells import CommandBegan, CommandEnded, Shell
from capture.steps import Ending, OpenStep
from capture.supervisor import Supervisor
from capture.trace import EnvEffects, Input, LateEffects, RunStatus, Step, StepStatus
from capture.wire import Message, Ready, RunCommand, SecretMasked, StepBegan, StepEnded
from capture.wire import Output as OutputMessage

GIVE_UP_S = 0.05
"""Between the attempts to leave a prompt for more text."""
LEARNED_ANSWER = 4
"""Characters of an echoed answer to a password prompt from which on it is looked for elsewhere."""
FORK_S = 1.0
"""A shell that has not started its program yet may lose ctrl-C: a step so young gets it when its program runs."""
LOOK_AGAIN_S = 0.02
"""Between the looks whether it runs."""
_JOINED = re.compile(r"\\\n")
_TAKEN = b"\x1b[?2004l"
"""What the line editor prints when it hands a line over to the shell."""
_TURNED = re.compile(rb"\r(\r\n)?")
"""Behind it, how an editor goes on to the next line."""
_ASKED = b"\x1b[?2004h"
"""What it prints before a prompt."""
_NOTHING_FOUND = 1
_ENTERS = b"\r\n\x0f"
"""Keys by which a line editor runs a line."""
_ECHO_LIMIT = 1 << 20


Told = TypeVar("Told", CommandBegan, CommandEnded)
Written = TypeVar("Written", bound=events.Event)


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
        self._masked = redactor.stream()
        self._kept = Kept()
        self._shown: frozenset[int] = frozenset()
        self._supervisor = Supervisor(world.terminal, world.clock, self._note_input)
        self._told: list[CommandBegan | CommandEnded] = []
        self._state: ShellState | None = None
        self._step: OpenStep | None = None
        self._begun: StepBegan | None = None
        self._scripted = False
        self._steps = 0
        self._entry: int | None = None
        self._seq: int | None = None
        self._cwd = ""
        self._last_status: StepStatus = StepStatus.SUCCESS
        self._held_at: int | None = None
        self._at_prompt = False
        self._job: RunCommand | None = None
        self._echo: bytearray | None = None
        self._unfinished: str | None = None
        self._give_up_at: float | None = None
        self._interrupt_at: float | None = None
        self._began_at = 0.0
        self._program_seen = False
        self._typed = TypedLines()
        self._veiled: tuple[Input, str] | None = None
        self._keys = codecs.getincrementaldecoder("utf-8")("replace")

    def begin(self, head: events.RunStarted) -> None:
        """Write the head.

        Args:
            head: What is known before the shell's first prompt, its environment not yet masked.
        """
        run = head.run
        self._cwd = run.cwd
        self._write(lambda noted: masked_head(head, noted))
        self._world.tape.resize(run.columns, run.rows, 0)

    def welcome(self) -> None:
        """Somebody new looks on: tell what runs, or whether the shell takes a command."""
        if self._begun is not None:
            self._emit(self._begun)
        if self._at_prompt or self._held_at is not None:
            self._emit(Ready(cwd=self._cwd))

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
        if self._step is not None and not self._step.full_screen:
            for key in self._keys.decode(data):
                self._key(self._step, key)
        elif self._step is None and self._at_prompt and any(key in _ENTERS for key in data):
            self._look_between()
        self._world.terminal.write(data)

    def run(self, job: RunCommand) -> None:
        """Run a command as soon as the shell takes one."""
        self._job = job
        self._start_job()

    def interrupt(self) -> None:
        """Press ctrl-C."""
        if self._step is not None or self._echo is not None:
            self._interrupt_at = self._world.clock.elapsed()

    def resize(self, columns: int, rows: int) -> None:
        """The screen has another size."""
        at_us = self._now_us()
        self._world.terminal.resize(columns, rows)
        self._world.tape.resize(columns, rows, at_us)
        self._write(lambda _: events.Resized(columns=columns, rows=rows, at_us=at_us))

    def idle(self) -> None:
        """The terminal is silent: what was held back for masking may be written, unless a secret is being typed."""
        self._world.tape.write(self._masked.pause(), self._now_us())

    def next_check(self) -> float | None:
        """Seconds until `check` wants to be called; None for never."""
        now = self._world.clock.elapsed()
        due = [at - now for at in (self._give_up_at, self._interrupt_at) if at is not None]
        watched = self._supervisor.next_check()
        if watched is not None:
            due.append(watched)
        return max(0.0, min(due)) if due else None

    def check(self) -> None:
        """Look after the running step, or the command that was never completed."""
        now = self._world.clock.elapsed()
        if self._give_up_at is not None and now >= self._give_up_at:
            # Repeated: the line editor loses a signal that comes while it draws its prompt.
            self._give_up_at = now + GIVE_UP_S
            self._world.terminal.interrupt()
        if self._interrupt_at is not None and now >= self._interrupt_at:
            self._interrupt_if_ripe(now)
        self._supervisor.check()

    def _interrupt_if_ripe(self, now: float) -> None:
        """Press ctrl-C once the step's program has been seen running, or the step is old enough."""
        seen, self._program_seen = self._program_seen, self._world.terminal.runs_program()
        if seen or now >= self._began_at + FORK_S:
            self._interrupt_at = None
            self._world.terminal.interrupt()
        else:
            self._interrupt_at = now + LOOK_AGAIN_S

    def shell_ended(self, status: int) -> None:
        """The shell is gone; a step that it was running ended with it.

        Args:
            status: Exit code, or 128 and a signal's number.
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
        self._settled_offset()
        self._write(lambda _: events.RunEnded(status=status, at=self._world.clock.now()))
        self._world.tape.sync()
        self._world.files.settle()

    # -- what is written, and how it is written again once somebody has said what was no secret

    @property
    def masked(self) -> bool:
        """Whether something was masked that can be shown again."""
        return self._kept.any

    def unmask(self, secrets: frozenset[int]) -> None:
        """These are no secrets."""
        self._redactor.show(secrets)
        self._shown |= secrets

    def undone(self) -> tuple[list[Mask], Mapping[int, events.Event]]:
        """What has to be written anew once the run is closed: masks of the tape, and lines of the trace."""
        if not self._shown:
            return [], {}
        masks = [mask for mask in self._masked.masks if mask.number in self._shown]
        return masks, self._kept.rebuilt(self._redactor)

    def _write(self, build: Callable[[Noted], Written]) -> Written:
        noted = Noted(self._redactor).of("environment")
        event = build(noted)
        self._world.tape.event(event)
        maskings = event.step.maskings if isinstance(event, events.StepEnded) else summed(noted.found)
        self._kept.note(event, build, masked=bool(maskings))
        step = self._steps or None
        for one in maskings:
            told = SecretMasked(secret=one.secret, rule=one.rule, field=one.field, step_index=step, count=one.count)
            self._emit(told)
        return event

    # -- the byte stream

    def _output(self, data: bytes) -> None:
        if not data:
            return
        self._world.tape.write(self._masked.feed(data), self._now_us())
        self._emit(OutputMessage(data=data))
        if self._step is not None:
            self._step.printed(data)
            self._supervisor.active()
            if b"\n" in data:
                self._unveil(self._step)
        elif self._echo is not None and len(self._echo) < _ECHO_LIMIT:
            self._echo += data

    def _mark(self, mark: Mark) -> None:
        self._told.extend(self._world.shell.told())
        match mark.kind:
            case MarkKind.BEGAN:
                self._command_began(mark)
            case MarkKind.SETTLED:
                if self._step is not None:
                    self._step.settle(self._settled_offset())
            case MarkKind.ENDED:
                self._command_ended(mark)
            case MarkKind.PROMPT:
                self._prompt(mark)
            case MarkKind.MORE:
                self._more()
            case MarkKind.UNFIT:
                raise HostError("this bash is older than 4.4 and can't be recorded; install a newer one")

    def _record(self, kind: type[Told], seq: int) -> Told | None:
        """What the shell said of this mark; it may be ahead by several marks."""
        for at, record in enumerate(self._told):
            if isinstance(record, kind) and record.seq == seq:
                del self._told[: at + 1]
                return record
        return None

    def _command_began(self, mark: Mark) -> None:
        record = self._record(CommandBegan, mark.seq)
        if record is None:
            record = CommandBegan(seq=mark.seq, at=self._wall(), cwd=self._cwd, command=None)
        if self._step is not None:
            if mark.seq == self._seq and (self._scripted or record.entry == self._entry):
                # Several commands were pasted at one prompt: a script's entry is one step.
                return
            self._end_step(self._step, self._ending(record.at, record.status, record.cwd))
        command = self._text(record)
        self._seq, self._entry, self._cwd, self._at_prompt = mark.seq, record.entry, record.cwd, False
        self._begin_step(command, record.at, self._settled_offset())

    def _command_ended(self, mark: Mark) -> None:
        record = self._record(CommandEnded, mark.seq)
        if record is None:
            environment = self._state.environment if self._state else {}
            record = CommandEnded(
                seq=mark.seq, at=self._wall(), status=mark.status or 0, cwd=self._cwd, environment=environment
            )
        before = self._state
        waits = self._handed or self._scripted or before is None or self._step is None
        self._state = (before or ShellState()).after(record)
        if before is None:
            self._write(lambda noted: events.ShellReady(environment=noted.environment(record.environment)[0]))
        elif self._step is not None:
            change = partial(environment_change, before, self._state)
            left = record.partial_line
            dropped = 0 if left is None else self._step.forget_partial_line_mark(left)
            ending = self._ending(record.at, record.status, record.cwd)
            ending = msgspec.structs.replace(ending, output_end=ending.output_end - dropped)
            ended = self._write_end(self._step, ending, change)
            if not waits:
                # A person gets their prompt as soon as the step can't be lost any more by the death of this process.
                self._let_go(mark.seq)
            self._secure(ended)
        elif self._echo is not None:
            self._refused(record.status, record.partial_line)
        self._cwd = record.cwd
        self._world.enter(record.cwd)
        if self._scripted:
            # What a script typed and its program did not read must not become a command.
            self._world.terminal.discard_input()
        if waits:
            self._let_go(mark.seq)

    def _let_go(self, seq: int) -> None:
        """The shell waits behind a command; a person gets their prompt at once."""
        self._at_prompt = False
        self._world.terminal.note_jobs()
        if not self._handed:
            self._world.shell.release(seq, {})
            return
        self._held_at = seq
        self._emit(Ready(cwd=self._cwd))
        self._start_job()

    def _prompt(self, mark: Mark) -> None:
        if self._step is not None:
            # The user's own prompt code has pushed ours aside; it comes back with the next command.
            self._end_step(self._step, self._ending(self._wall(), mark.status, self._cwd))
        if self._echo is not None:
            if _TAKEN in self._echo:
                self._refused(_NOTHING_FOUND)
                self._at_prompt = True
                self._emit(Ready(cwd=self._cwd))
            return
        if self._at_prompt:
            return
        self._at_prompt = True
        if not self._handed:
            self._emit(Ready(cwd=self._cwd))
        self._start_job()

    def _more(self) -> None:
        """Nobody will type the rest of a command that a script left unfinished."""
        if self._echo is not None:
            self._unfinished = plain_text(bytes(self._echo)).rpartition("\n")[2]
            self._give_up_at = self._world.clock.elapsed() + GIVE_UP_S

    # -- commands that a script hands over

    def _start_job(self) -> None:
        if self._job is None or self._echo is not None or self._step is not None:
            return
        if self._held_at is not None:
            self._look_between()
            self._at_prompt = False
            held, self._held_at = self._held_at, None
            self._world.shell.release(held, self._job.environment)
        elif self._at_prompt:
            self._look_between()
            self._echo = bytearray()
            self._world.terminal.write(self._world.shell.keystrokes(self._job.command))

    def _text(self, record: CommandBegan) -> str:
        """A script's own text, unless the shell has made another command of it (history expansion)."""
        remembered = record.command
        if self._echo is None or self._job is None:
            return remembered or ""
        typed = self._job.command
        if remembered is None or f"{_joined(typed)}\n".startswith(f"{_joined(remembered)}\n"):
            return typed
        return remembered

    def _refused(self, status: int, partial_line: str | None = None) -> None:
        """The shell took a script's text and ran nothing: a comment, a syntax error, an unfinished command."""
        echo, job = bytes(self._echo or b""), self._job
        if job is None:
            return
        lines = [line.strip() for line in job.command.splitlines()]
        nothing = all(not line or line.startswith("#") for line in lines)
        output = _TURNED.sub(b"", echo.rpartition(_TAKEN)[2], count=1).partition(_ASKED)[0]
        end = self._settled_offset()
        step = self._begin_step(job.command, self._wall(), max(0, end - len(output)))
        step.printed(output)
        if partial_line is not None:
            step.forget_partial_line_mark(partial_line)
        step.unmet_prompt, self._unfinished = self._unfinished, None
        self._end_step(step, self._ending(self._wall(), 0 if nothing else status or _NOTHING_FOUND, self._cwd))

    # -- steps

    def _begin_step(self, command: str, at: float, offset: int) -> OpenStep:
        begun = self._world.terminal.started_clock()
        self._steps += 1
        step = OpenStep(step_index=self._steps, command=command, cwd=self._cwd, at=at, output_start=offset)
        started = self._write(
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
        self._began_at = self._world.clock.elapsed()
        self._program_seen = False
        self._scripted = self._job is not None
        if self._job is not None:
            self._supervisor.begin(step, self._job.prompts, self._job.timeout_s, begun=begun)
        self._job = self._echo = self._give_up_at = None
        return step

    def _ending(self, at: float, status: int | None, cwd: str) -> Ending:
        settled = self._settled_offset()
        if self._step is not None:
            settled = self._step.settle(settled)
        return Ending(
            at=at,
            exit_code=status,
            cwd=cwd,
            output_end=settled,
            file_effects=self._world.files.changes(self._world.hints()),
            effects_seen=self._world.saw(self._step.cwd if self._step else cwd),
        )

    def _look_between(self) -> None:
        """What changed since the last step ended is nobody's: the next one must not be charged with it."""
        hints = self._world.hints()
        found = () if hints.quiet else self._world.files.changes(hints)
        if found:
            after, at = self._steps, self._world.clock.now()
            self._write(
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
        self._unveil(step)
        self._step = self._begun = self._interrupt_at = None
        self._typed = TypedLines()
        if self._world.shell.prelude is not None:
            step.forget_prelude(self._world.shell.prelude)
        ended = self._write(lambda _: events.StepEnded(step=step.end(ending, self._redactor, change))).step
        self._last_status = ended.status
        return ended

    def _secure(self, ended: Step) -> None:
        """From here on it outlives the machine."""
        self._world.tape.sync()
        self._emit(StepEnded(step=ended))

    # -- dialogue

    def _key(self, step: OpenStep, key: str) -> None:
        if not self._typed.begun:
            self._typed.begin(step.last_line(), secret=self._world.terminal.asks_for_secret())
        typed = self._typed.key(key)
        if typed is None:
            return
        line = step.last_line()
        step.answered(typed, echo=typed.text or "")
        if typed.text is not None and wants_secret(typed.prompt):
            answer = typed.text.rstrip("\r\n")
            if len(answer) >= LEARNED_ANSWER:
                self._redactor.hide(answer)
            typed = step.conceal(typed)
        self._note_input(typed, line)

    def _note_input(self, typed: Input, line: str = "") -> None:
        """Write it down; what the shell's own `read` takes, only once it shows whether it is a secret."""
        if self._step is None:
            return
        self._unveil(self._step)
        if typed.text and self._world.shell.veil and not self._world.terminal.runs_program():
            self._veiled = (typed, line)
        else:
            self._write_input(typed)

    def _unveil(self, step: OpenStep) -> None:
        """What was typed has been shown by now, or something in its place."""
        if self._veiled is None:
            return
        (typed, line), self._veiled = self._veiled, None
        shown = line + step.new_output().partition("\n")[0]
        if self._world.shell.veil in shown:
            typed = step.conceal(typed)
        self._write_input(typed)

    def _write_input(self, typed: Input) -> None:
        if self._step is not None:
            index = self._step.step_index
            self._write(lambda noted: events.InputSent(step_index=index, input=masked_input(typed, noted.of("input"))))

    # -- time and place

    def _settled_offset(self) -> int:
        """Where the tape stands once everything that came so far is on it."""
        self._world.tape.write(self._masked.flush(), self._now_us())
        return self._world.tape.offset

    def _now_us(self) -> int:
        return int(self._world.clock.elapsed() * 1_000_000)

    def _wall(self) -> float:
        return self._world.clock.now().timestamp()


def _joined(command: str) -> str:
    """What bash remembers: it keeps a line that goes on behind a backslash as one line."""
    return _JOINED.sub("", command).strip()
