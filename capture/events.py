"""What is written down while it happens, one JSON line an event, and how those lines become a trace again."""

from collections.abc import Iterable, Iterator
from datetime import datetime

import msgspec

from capture.errors import BadInputError
from capture.pauses import Unrecorded
from capture.provenance import AgentUse, Imported
from capture.trace import Input, LateEffects, Note, Run, RunStatus, SeenFile, Step, StepKind, StepStatus, Trace
from capture.usage import ModelCall, with_call

TRACE_VERSION = 1


class Frame(msgspec.Struct, frozen=True, kw_only=True):
    """One stretch of the terminal recording."""

    at_us: int
    """Microseconds since the run began."""
    data: bytes
    """What the terminal printed, our own marks taken out; empty for a resize."""
    resize: tuple[int, int] | None = None
    """Columns and rows from here on."""


class RunStarted(msgspec.Struct, frozen=True, kw_only=True, tag_field="event", tag="run_started"):
    """The first line of every trace."""

    v: int = TRACE_VERSION
    """Version of this format."""
    run: Run
    """Head data."""
    environment: dict[str, str] = {}
    """Exported variables that the shell was given, secrets masked."""
    workspace_before: tuple[SeenFile, ...] = ()
    """The workspace as it was."""
    workspace_complete: bool = True
    """False when `workspace_before` left something out."""
    defined: tuple[str, ...] = ()
    """Names of functions and aliases, where they are known before the shell says them."""


class ShellReady(msgspec.Struct, frozen=True, kw_only=True, tag_field="event", tag="shell_ready"):
    """The shell has read its startup files and shows its first prompt."""

    environment: dict[str, str]
    """Exported variables from here on, secrets masked."""
    defined: tuple[str, ...] = ()
    """Names of functions and aliases that it knows from here on."""


class StepStarted(msgspec.Struct, frozen=True, kw_only=True, gc=False, tag_field="event", tag="step_started"):
    """A command began."""

    step_index: int
    """Counts from 1."""
    command: str
    """The exact text."""
    cwd: str
    """Working directory before."""
    at: datetime
    """UTC."""
    output_start: int
    """Offset of its first byte in the terminal recording."""
    kind: StepKind | msgspec.UnsetType = msgspec.UNSET
    """What kind of action; unset for a command line."""
    part_of: int | msgspec.UnsetType = msgspec.UNSET
    """As in `Step`."""


class InputSent(msgspec.Struct, frozen=True, kw_only=True, tag_field="event", tag="input_sent"):
    """A line was typed into the running step."""

    step_index: int
    """Which step."""
    input: Input
    """What was typed, and at which prompt."""


class StepEnded(msgspec.Struct, frozen=True, kw_only=True, gc=False, tag_field="event", tag="step_ended"):
    """A command ended; all that is known of it."""

    step: Step
    """The whole step."""


class FilesChanged(msgspec.Struct, frozen=True, kw_only=True, tag_field="event", tag="files_changed"):
    """Files changed while no step ran; found before the next one began."""

    effects: LateEffects
    """Behind which step, when it was found, and what."""


class NoteTaken(msgspec.Struct, frozen=True, kw_only=True, tag_field="event", tag="note_taken"):
    """A person noted something, or set a bookmark."""

    note: Note
    """What, and where."""


class ModelCalled(msgspec.Struct, frozen=True, kw_only=True, tag_field="event", tag="model_called"):
    """A model answered the agent: told at once, so that it is known of a killed run too."""

    call: ModelCall
    """What it took."""


class RecordingPaused(msgspec.Struct, frozen=True, kw_only=True, tag_field="event", tag="recording_paused"):
    """From here on nothing is recorded, or again what happens; never in the middle of a step."""

    on: bool
    """Whether a pause begins."""
    at: datetime
    """UTC."""
    after_step: int
    """The step that had ended last; 0 before the first."""
    pause: Unrecorded | None = None
    """When it ends: how long it was, and what it left otherwise."""


class Resized(msgspec.Struct, frozen=True, kw_only=True, tag_field="event", tag="resized"):
    """The terminal has another size."""

    columns: int
    rows: int
    at_us: int
    """Microseconds since the run began."""


class OutputDropped(msgspec.Struct, frozen=True, kw_only=True, tag_field="event", tag="output_dropped"):
    """Of a step that printed too much, only the beginning and the end are on the tape."""

    step_index: int
    """Which step."""
    dropped_bytes: int
    """How many bytes are not."""


class RunEnded(msgspec.Struct, frozen=True, kw_only=True, tag_field="event", tag="run_ended"):
    """The last line of a trace whose host was not killed."""

    status: RunStatus
    """How it ended."""
    at: datetime
    """UTC."""
    imported: Imported | None = None
    """What an import has found out by the end of its file."""
    agent: AgentUse | None = None
    """What the run of an agent took."""


Event = (
    RunStarted
    | ShellReady
    | StepStarted
    | InputSent
    | StepEnded
    | FilesChanged
    | NoteTaken
    | ModelCalled
    | RecordingPaused
    | Resized
    | OutputDropped
    | RunEnded
)
"""Every line of `trace.ndjson`."""


def fold(events: Iterable[Event]) -> Trace:
    """Put together what the events tell.

    Args:
        events: In the order of the file; a missing tail is fine.

    Returns:
        The trace; a step that never ended is its last one, `partial`.

    Raises:
        BadInputError: The first event is not the head of a trace of this version.
    """
    remaining = iter(events)
    head = next(remaining, None)
    if not isinstance(head, RunStarted):
        raise BadInputError("this is no trace: its first line is not run_started; delete the run, or restore its file")
    if head.v > TRACE_VERSION:
        raise BadInputError(f"this trace has version {head.v}, this program reads up to {TRACE_VERSION}; update it")
    run, environment, defined, steps = head.run, head.environment, head.defined, list[Step]()
    told = list(remaining)
    open_steps: dict[int, StepStarted] = {}
    inputs: dict[int, list[Input]] = {}
    for event in told:
        match event:
            case ShellReady():
                environment, defined = event.environment, event.defined
            case StepStarted():
                open_steps[event.step_index], inputs[event.step_index] = event, []
            case InputSent():
                inputs.setdefault(event.step_index, []).append(event.input)
            case StepEnded():
                steps.append(event.step)
                open_steps.pop(event.step.step_index, None)
            case OutputDropped() | ModelCalled() | RunEnded():
                run = _told(run, event)
            case _:
                pass
    steps += (unfinished(event, inputs[index]) for index, event in open_steps.items())
    # Steps that ran at the same time end in another order than they began in.
    steps.sort(key=lambda step: step.step_index)
    return Trace(
        run=run,
        steps=tuple(steps),
        environment=environment,
        defined=defined,
        workspace_before=head.workspace_before,
        workspace_complete=head.workspace_complete,
        between=tuple(event.effects for event in told if isinstance(event, FilesChanged)),
        notes=tuple(event.note for event in told if isinstance(event, NoteTaken)),
        pauses=tuple(_pauses(event for event in told if isinstance(event, RecordingPaused))),
    )


def _pauses(told: Iterable[RecordingPaused]) -> Iterator[Unrecorded]:
    """Each pause with its end, where that was told."""
    begun: RecordingPaused | None = None
    for event in told:
        if begun is not None:
            pause = Unrecorded(after_step=begun.after_step, at=begun.at)
            lasted = (event.at - begun.at).total_seconds() * 1000
            yield pause if event.on else event.pause or msgspec.structs.replace(pause, duration_ms=max(0.0, lasted))
        begun = event if event.on else None
    if begun is not None:
        yield Unrecorded(after_step=begun.after_step, at=begun.at)


def _told(run: Run, event: OutputDropped | ModelCalled | RunEnded) -> Run:
    """The head of a run once more is known of it."""
    if isinstance(event, ModelCalled):
        return msgspec.structs.replace(run, agent=with_call(run.agent, event.call))
    if isinstance(event, RunEnded):
        imported = event.imported or run.imported
        agent = event.agent or run.agent
        return msgspec.structs.replace(run, status=event.status, ended_at=event.at, imported=imported, agent=agent)
    return msgspec.structs.replace(run, dropped_bytes=run.dropped_bytes + event.dropped_bytes)


def unfinished(started: StepStarted, inputs: Iterable[Input]) -> Step:
    """A step as far as it is known when its end was never seen.

    Args:
        started: How it began.
        inputs: What was typed into it so far.

    Returns:
        A `partial` step.
    """
    return Step(
        step_index=started.step_index,
        kind=StepKind.SHELL if started.kind is msgspec.UNSET else started.kind,
        command=started.command,
        cwd=started.cwd,
        cwd_after=started.cwd,
        status=StepStatus.PARTIAL,
        exit_code=None,
        started_at=started.at,
        duration_ms=0.0,
        output_start=started.output_start,
        output_end=started.output_start,
        inputs=tuple(inputs),
        part_of=started.part_of,
    )
