"""Writes another tool's recording down as a run: masked, its steps told apart as far as anything tells."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import msgspec

from capture import events
from capture.importers.foreign import (
    Began,
    Ended,
    Exited,
    Happening,
    Moved,
    Printed,
    Recording,
    Resized,
    Typed,
)
from capture.importers.marks import Marks, by_markers
from capture.importers.masking import MaskedOutput
from capture.importers.typed import TypedInto
from capture.protocols import Tape
from capture.provenance import Imported, StepSource
from capture.recording.steps import Ending, OpenStep
from capture.secrets.redaction import Redactor
from capture.trace import Run, RunStatus, Step, StepStatus

_SHELLS = ("bash", "zsh", "fish")
_STATUSES = {StepStatus.SUCCESS: RunStatus.SUCCESS, StepStatus.FAILED: RunStatus.FAILED}


def run_of(recording: Recording, *, run_id: str, name: str, otherwise: datetime) -> Run:
    """The head of the run that a recording becomes.

    Args:
        recording: What was read.
        run_id: Of the run.
        name: Of the run.
        otherwise: When the file doesn't tell when it was recorded.

    Returns:
        The head; what no file tells is empty.
    """
    head = recording.head
    return Run(
        run_id=run_id,
        name=name,
        status=RunStatus.IN_PROGRESS,
        started_at=head.started_at or otherwise,
        shell=head.shell if head.shell in _SHELLS else "",
        cwd="",
        host="",
        workspace="",
        columns=head.columns,
        rows=head.rows,
        imported=Imported(format=head.format),
    )


class Taking:
    """One recording on its way to the tape.

    Args:
        tape: Where it goes.
        run: Its head.
        redactor: Masks before anything is written.
    """

    def __init__(self, tape: Tape, run: Run, redactor: Redactor) -> None:
        self._tape = tape
        self._run = run
        self._redactor = redactor
        self._output = MaskedOutput(tape, redactor)
        self.taken = 0
        """How many moments the recording had."""
        self._cwd = ""
        self._at_us = 0
        self._step: OpenStep | None = None
        self._typed = TypedInto()
        self._ended: tuple[OpenStep, Ending] | None = None
        self._steps = 0
        self._last: Step | None = None
        self._status: int | None = None
        self._heard_typing = False

    def take(self, recording: Recording) -> None:
        """Write all of it, from the head to the end.

        Args:
            recording: Read while it is written.
        """
        head, left_out = recording.head, recording.left_out
        self._tape.event(events.RunStarted(run=self._run, workspace_complete=False))
        self._tape.resize(self._run.columns, self._run.rows, 0)
        whole = self._opened(head.command or "", 0)
        whole_typed = TypedInto()
        source = StepSource.NOTHING
        for happening in _told_apart(recording):
            self._at_us = max(self._at_us, happening.at_us)
            self.taken += 1
            if isinstance(happening, Began):
                source = StepSource.MARKERS if head.ours else StepSource.MARKS
            elif source is StepSource.NOTHING:
                _follow(whole, whole_typed, happening)
            self._happened(happening)
        self._finish()
        if source is StepSource.NOTHING:
            whole.inputs += whole_typed.ended()
            self._write(whole, self._ending(self._at_us, self._status))
        if self._heard_typing and not head.ours:
            left_out.note(
                "what was typed is masked by rules, and left out where it did not show on the screen: "
                "nothing else tells a password from other text there"
            )
        self._close(Imported(format=head.format, steps_from=source, left_out=left_out.sentences()))

    def _happened(self, happening: Happening) -> None:
        match happening:
            case Printed(at_us, data):
                self._output.write(data, at_us)
            case Resized(at_us, columns, rows):
                self._output.settle()
                self._tape.resize(columns, rows, at_us)
                self._tape.event(events.Resized(columns=columns, rows=rows, at_us=at_us))
            case Moved(_, cwd):
                self._cwd = cwd
            case Exited(_, status):
                self._status = status
            case Began(at_us, command):
                self._finish()
                self._begin(command, at_us)
            case Ended(at_us, exit_code):
                self._end(at_us, exit_code)
            case Typed():
                self._heard_typing = True
            case _:
                pass
        if self._step is not None:
            _follow(self._step, self._typed, happening)

    def _opened(self, command: str, at_us: int) -> OpenStep:
        at = (self._run.started_at + timedelta(microseconds=at_us)).timestamp()
        offset = self._output.settle()
        return OpenStep(step_index=self._steps + 1, command=command, cwd=self._cwd, at=at, output_start=offset)

    def _begin(self, command: str, at_us: int) -> None:
        step = self._opened(command, at_us)
        self._steps += 1
        self._step, self._typed = step, TypedInto()
        self._tape.event(
            events.StepStarted(
                step_index=step.step_index,
                command=self._redactor.command(command)[0],
                cwd=step.cwd,
                at=step.started_at(),
                output_start=step.output_start,
            )
        )

    def _end(self, at_us: int, exit_code: int | None) -> None:
        """It is written down once the shell has told where it is now, which comes a little later."""
        if self._step is not None:
            self._step.inputs += self._typed.ended()
            self._ended = self._step, self._ending(at_us, exit_code)
            self._step = None

    def _ending(self, at_us: int, exit_code: int | None) -> Ending:
        at = (self._run.started_at + timedelta(microseconds=at_us)).timestamp()
        return Ending(at=at, exit_code=exit_code, cwd=self._cwd, output_end=self._output.settle())

    def _finish(self) -> None:
        """Write the step that is over, if there is one; one that still runs ended with its shell."""
        if self._step is not None:
            self._end(self._at_us, self._status)
        if self._ended is not None:
            step, ending = self._ended
            self._ended = None
            self._write(step, msgspec.structs.replace(ending, cwd=self._cwd))

    def _write(self, step: OpenStep, ending: Ending) -> None:
        self._last = step.end(ending, self._redactor)
        self._tape.event(events.StepEnded(step=self._last))

    def _close(self, imported: Imported) -> None:
        self._output.settle()
        status = RunStatus.PARTIAL if self._last is None else _STATUSES.get(self._last.status, RunStatus.PARTIAL)
        at = self._run.started_at + timedelta(microseconds=self._at_us)
        self._tape.event(events.RunEnded(status=status, at=at, imported=imported))
        self._tape.sync()


def _told_apart(recording: Recording) -> Iterator[Happening]:
    if recording.head.ours:
        return by_markers(recording.moments, recording.head.commands, recording.left_out)
    return Marks(recording.left_out).read(recording.moments)


def _follow(step: OpenStep, typed: TypedInto, happening: Happening) -> None:
    """What belongs to a running step: its output, and what was typed into it."""
    match happening:
        case Printed(_, data):
            step.printed(data)
            typed.printed(data)
        case Typed(_, text):
            step.inputs += typed.keys(text, step.last_line)
        case _:
            pass
