"""Edits of a recording as values: which bytes and which times leave the tape, and how its steps follow (pure)."""

import re
from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import timedelta
from itertools import accumulate, pairwise
from typing import NamedTuple, TypeVar

import msgspec

from capture.errors import BadInputError, UnknownNameError
from capture.events import (
    Event,
    FilesChanged,
    Frame,
    NoteTaken,
    RecordingPaused,
    Resized,
    RunEnded,
    RunStarted,
    StepEnded,
    StepStarted,
)
from capture.pauses import Unrecorded
from capture.tape.beginnings import state_before
from capture.tape.numbering import out_of_order, renumbered
from capture.tape.splicing import (
    Gap,
    Index,
    Offsets,
    Splice,
    Times,
    indexed,
    retimed,
    size_at,
    spliced,
    united,
)
from capture.trace import LateEffects, Note, Run, RunStatus, Step, StepStatus, Trace

Mark = TypeVar("Mark", LateEffects, Note, Unrecorded)
"""What lies behind a step, or before the first."""
_MOMENT = r"\d+|(?:\d+:){1,2}\d+(?:\.\d+)?|\d+(?:\.\d+)?s"
_SPAN = re.compile(rf"({_MOMENT})?\.\.({_MOMENT})?")


class Recording(NamedTuple):
    """One run, as it is edited."""

    trace: Trace
    """Head and steps."""
    frames: Callable[[], Iterator[Frame]]
    """The terminal recording from its start; may be called again."""


def events_of(trace: Trace, resizes: Iterable[Resized] = ()) -> Iterator[Event]:
    """A trace as the lines that `fold` makes it from.

    Args:
        trace: Any.
        resizes: What the terminal's sizes were on the way.

    Yields:
        Its events in order.
    """
    yield RunStarted(
        run=trace.run,
        environment=trace.environment,
        workspace_before=trace.workspace_before,
        workspace_complete=trace.workspace_complete,
        defined=trace.defined,
    )
    yield from resizes
    yield from _late(trace, 0)
    yield from _noted(trace, 0)
    yield from _paused(trace, 0)
    for step in trace.steps:
        yield StepStarted(
            step_index=step.step_index,
            command=step.command,
            cwd=step.cwd,
            at=step.started_at,
            output_start=step.output_start,
        )
        yield StepEnded(step=step)
        yield from _late(trace, step.step_index)
        yield from _noted(trace, step.step_index)
        yield from _paused(trace, step.step_index)
    if trace.run.ended_at is not None:
        yield RunEnded(status=trace.run.status, at=trace.run.ended_at)


def _late(trace: Trace, after_step: int) -> Iterator[FilesChanged]:
    return (FilesChanged(effects=late) for late in trace.between if late.after_step == after_step)


def _noted(trace: Trace, after_step: int) -> Iterator[NoteTaken]:
    return (NoteTaken(note=note) for note in trace.notes if note.after_step == after_step)


def _paused(trace: Trace, after_step: int) -> Iterator[RecordingPaused]:
    for pause in (pause for pause in trace.pauses if pause.after_step == after_step):
        yield RecordingPaused(on=True, at=pause.at, after_step=after_step)
        if pause.duration_ms is not None:
            end = pause.at + timedelta(milliseconds=pause.duration_ms)
            yield RecordingPaused(on=False, at=end, after_step=after_step, pause=pause)


def select(recording: Recording, keep: Iterable[int], *, alone: bool = False) -> Recording:
    """Keep some steps, each with the prompt before it; all else leaves the tape, and its time with it.

    Args:
        recording: Any.
        keep: Numbers of steps.
        alone: Whether the run begins and ends with them, though nothing was before or behind.

    Returns:
        A recording whose steps are numbered anew; environment and workspace are as they were before its first step.

    Raises:
        UnknownNameError: There is no such step.
        BadInputError: No step would be left.
    """
    trace, kept = recording.trace, sorted(set(keep))
    known = [step.step_index for step in trace.steps]
    check_steps(trace, kept)
    if not kept:
        raise BadInputError("no step would be left; keep one, or delete the run")
    index, size = indexed(recording.frames())
    places = [known.index(one) for one in kept]
    to_the_end = not alone and places[-1] == len(known) - 1
    dropped = _dropped(trace, places, size, to_the_end=to_the_end)
    splices = united(dropped)
    gaps = [Gap(0 if one.start == 0 else index.at(one.start), index.at(one.end)) for one in splices]
    if alone and not places[0]:
        gaps.insert(0, Gap(0, index.at(0)))
    begun = state_before(trace, trace.steps[: places[0]])
    chosen = msgspec.structs.replace(
        begun,
        steps=tuple(trace.steps[at] for at in places),
        between=tuple(late for late in begun.between if to_the_end or late.after_step < kept[-1]),
        notes=tuple(note for note in trace.notes if note.after_step in kept or not note.after_step),
        # Also behind a step that goes: what is kept may rest on what was done then.
        pauses=tuple(pause for pause in trace.pauses if to_the_end or pause.after_step < kept[-1]),
    )
    edited = changed(Recording(chosen, recording.frames), splices, [gap for gap in gaps if gap.end > gap.start])
    if places[0] or alone:
        edited = _begun_with(edited, index, Times(gaps).lead, trace.steps[places[0]])
    run = edited.trace.run if to_the_end else _ended_with(edited.trace)
    steps = renumbered(edited.trace.steps, trace.steps)
    whole = msgspec.structs.replace(
        edited.trace,
        run=run,
        steps=steps,
        between=_behind(edited.trace.between, kept),
        notes=_behind(edited.trace.notes, kept),
        pauses=_behind(edited.trace.pauses, kept),
    )
    return Recording(whole, edited.frames)


def _dropped(trace: Trace, places: Sequence[int], size: int, *, to_the_end: bool) -> list[Splice]:
    """The output of all steps but those at some places, and unless it is kept to the end, what is behind the last."""
    bounds = [*accumulate([0, *(step.output_end for step in trace.steps)], max)]
    beside = out_of_order(trace.steps)
    dropped = [
        # Its prompt goes with it, save where others print in between.
        Splice(step.output_start, step.output_end) if step.step_index in beside else Splice(bounds[at], bounds[at + 1])
        for at, step in enumerate(trace.steps)
        if at not in places
    ]
    return dropped if to_the_end else [*dropped, Splice(bounds[-1], max(size, bounds[-1]))]


def _behind(marks: Iterable[Mark], kept: Sequence[int]) -> tuple[Mark, ...]:
    """What lies between steps, behind as many as are left before it."""
    return tuple(
        msgspec.structs.replace(mark, after_step=sum(one <= mark.after_step for one in kept)) for mark in marks
    )


def check_steps(trace: Trace, indexes: Iterable[int]) -> None:
    """Refuse numbers that no step has.

    Raises:
        UnknownNameError: There is no such step.
    """
    known = [step.step_index for step in trace.steps]
    for index in indexes:
        if index not in known:
            there = f"it has steps {known[0]} to {known[-1]}" if known else "it has none"
            raise UnknownNameError(f"run {trace.run.run_id} has no step {index}; {there}")


def trimmed(trace: Trace, span: str) -> list[int]:
    """The steps that `FROM..TO` means; either end may be left out.

    Args:
        trace: Whose steps.
        span: Numbers of steps, or times since the run began, as `90s`, `1:30` or `1:02:03`: a step belongs to the
            moment when it began.

    Returns:
        Their numbers.

    Raises:
        BadInputError: It can't be read.
        UnknownNameError: There is no such step.
    """
    match = _SPAN.fullmatch(span.strip())
    if match is None or not (match[1] or match[2]):
        raise BadInputError(f"{span!r} is no FROM..TO; give steps, as 3..7, or times, as 90s..2:30")
    first, last = match[1], match[2]
    if not any(":" in end or end.endswith("s") for end in (first, last) if end):
        check_steps(trace, (int(end) for end in (first, last) if end))
        return [
            step.step_index
            for step in trace.steps
            if (not first or step.step_index >= int(first)) and (not last or step.step_index <= int(last))
        ]
    since = [(step.step_index, (step.started_at - trace.run.started_at).total_seconds()) for step in trace.steps]
    return [index for index, at in since if (not first or at >= _seconds(first)) and (not last or at <= _seconds(last))]


def _seconds(text: str) -> float:
    total = 0.0
    for part in text.removesuffix("s").split(":"):
        total = total * 60 + float(part)
    return total


def cap_idle(recording: Recording, limit_us: int) -> Recording:
    """Shorten every silence of the terminal; the durations of steps stay what they were.

    Args:
        recording: Any.
        limit_us: The longest silence that is left, in microseconds.

    Returns:
        The same with fewer pauses.
    """
    times = [0, *(frame.at_us for frame in recording.frames())]
    gaps = [Gap(before + limit_us, after) for before, after in pairwise(times) if after - before > limit_us]
    return changed(recording, (), gaps)


def changed(recording: Recording, splices: Sequence[Splice], gaps: Sequence[Gap]) -> Recording:
    """Take bytes and times off a tape, and let everything that names them follow.

    Args:
        recording: Any.
        splices: Sorted, none over another.
        gaps: Sorted, none over another; one that begins at 0 moves the beginning of the run.

    Returns:
        The same, spliced; output texts are left as they are.
    """
    trace, offsets, times = recording.trace, Offsets(splices), Times(gaps)
    index, _ = indexed(recording.frames()) if gaps else (Index(array("Q"), array("Q")), 0)

    def earlier(offset: int) -> timedelta:
        at_us = index.at(offset)
        return timedelta(microseconds=max(0, at_us - times.lead - times.moved(at_us)))

    ends = {0: 0} | {step.step_index: step.output_end for step in trace.steps}
    steps = tuple(
        msgspec.structs.replace(
            step,
            started_at=step.started_at - earlier(step.output_start),
            output_start=offsets.moved(step.output_start),
            output_end=offsets.moved(step.output_end),
        )
        for step in trace.steps
    )
    between = tuple(
        msgspec.structs.replace(late, at=late.at - earlier(ends.get(late.after_step, 0))) for late in trace.between
    )
    notes = tuple(
        msgspec.structs.replace(note, at=note.at - earlier(ends.get(note.after_step, 0))) for note in trace.notes
    )
    pauses = tuple(
        msgspec.structs.replace(pause, at=pause.at - earlier(ends.get(pause.after_step, 0))) for pause in trace.pauses
    )
    ended = trace.run.ended_at
    if ended is not None:
        ended -= timedelta(microseconds=sum(gap.end - gap.start for gap in gaps) - times.lead)
    run = msgspec.structs.replace(trace.run, ended_at=ended)
    frames = recording.frames
    return Recording(
        msgspec.structs.replace(trace, run=run, steps=steps, between=between, notes=notes, pauses=pauses),
        lambda: retimed(spliced(frames(), splices), times),
    )


# -- heads


def _begun_with(recording: Recording, index: Index, lead: int, first: Step) -> Recording:
    """The run begins at the prompt of a step that was not its first."""
    columns, rows = size_at(recording.frames(), (recording.trace.run.columns, recording.trace.run.rows))
    waited = timedelta(microseconds=max(0, index.at(first.output_start) - lead))
    run = msgspec.structs.replace(
        recording.trace.run, started_at=first.started_at - waited, cwd=first.cwd, columns=columns, rows=rows
    )
    return Recording(msgspec.structs.replace(recording.trace, run=run), recording.frames)


def _ended_with(trace: Trace) -> Run:
    """The head of a run that ends with its last step."""
    last = trace.steps[-1]
    good = RunStatus.SUCCESS if last.status is StepStatus.SUCCESS else RunStatus.FAILED
    return msgspec.structs.replace(
        trace.run,
        status=RunStatus.PARTIAL if last.status is StepStatus.PARTIAL else good,
        ended_at=last.started_at + timedelta(milliseconds=last.duration_ms),
    )
