"""Puts recordings one behind the other, as values (pure)."""

from collections.abc import Iterator, Sequence
from itertools import accumulate

import msgspec

from capture.errors import BadInputError
from capture.events import Frame
from capture.tape.editing import Recording
from capture.tape.numbering import moved_on
from capture.tape.splicing import size_of
from capture.trace import FileEffect, Trace

SEAM_US = 1_000_000
"""Microseconds that two joined recordings lie apart at most."""


def joined(recordings: Sequence[Recording]) -> Recording:
    """Put recordings one behind the other.

    Args:
        recordings: At least one, of one kind of shell.

    Returns:
        One recording under the head of the first; times of day stay true, file effects are seen from the first one's
        workspace.

    Raises:
        BadInputError: They are of different shells.
    """
    first, last = recordings[0].trace, recordings[-1].trace
    shells = sorted({one.trace.run.shell for one in recordings})
    if len(shells) > 1:
        raise BadInputError(f"runs of {' and '.join(shells)} can't be joined; join runs of one shell")
    before = [0, *accumulate(len(one.trace.steps) for one in recordings)]
    starts = [0, *accumulate(size_of(one.frames()) for one in recordings)]
    moved = [_moved(*one, first.run.workspace) for one in zip(recordings, before, starts, strict=False)]
    run = msgspec.structs.replace(
        first.run,
        status=last.run.status,
        ended_at=last.run.ended_at,
        dropped_bytes=sum(one.trace.run.dropped_bytes for one in recordings),
    )
    trace = msgspec.structs.replace(
        first,
        run=run,
        steps=tuple(step for one in moved for step in one.steps),
        between=tuple(late for one in moved for late in one.between),
        notes=tuple(note for one in moved for note in one.notes),
        pauses=tuple(pause for one in moved for pause in one.pauses),
    )
    return Recording(trace, lambda: _one_behind_the_other(recordings))


def _moved(recording: Recording, before: int, start: int, workspace: str) -> Trace:
    """What a recording tells where it stands behind so many steps and bytes, seen from another workspace."""
    trace = recording.trace
    there = trace.run.workspace
    return msgspec.structs.replace(
        trace,
        steps=tuple(
            msgspec.structs.replace(
                moved_on(step, before),
                output_start=step.output_start + start,
                output_end=step.output_end + start,
                file_effects=_seen_from(workspace, there, step.file_effects),
            )
            for step in trace.steps
        ),
        between=tuple(
            msgspec.structs.replace(
                late,
                after_step=late.after_step + before,
                file_effects=_seen_from(workspace, there, late.file_effects),
            )
            for late in trace.between
        ),
        notes=tuple(msgspec.structs.replace(note, after_step=note.after_step + before) for note in trace.notes),
        pauses=tuple(msgspec.structs.replace(pause, after_step=pause.after_step + before) for pause in trace.pauses),
    )


def _seen_from(workspace: str, other: str, effects: tuple[FileEffect, ...]) -> tuple[FileEffect, ...]:
    """Paths that were relative to another workspace."""
    if workspace == other:
        return effects

    def path(text: str) -> str:
        whole = text if text.startswith("/") else f"{other.rstrip('/')}/{text}"
        return whole.removeprefix(f"{workspace.rstrip('/')}/")

    return tuple(
        msgspec.structs.replace(
            one, path=path(one.path), moved_from=None if one.moved_from is None else path(one.moved_from)
        )
        for one in effects
    )


def _one_behind_the_other(recordings: Sequence[Recording]) -> Iterator[Frame]:
    base, ended = 0, None
    for recording in recordings:
        last = 0
        run = recording.trace.run
        if ended is not None:
            apart = int((run.started_at - ended).total_seconds() * 1_000_000)
            base += min(max(apart, 0), SEAM_US)
            yield Frame(at_us=base, data=b"", resize=(run.columns, run.rows))
        for frame in recording.frames():
            last = frame.at_us
            yield Frame(at_us=base + last, data=frame.data, resize=frame.resize)
        base, ended = base + last, run.ended_at or run.started_at
