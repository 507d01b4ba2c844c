"""What was done while a recording was paused: no step does it, so that a replay needs it as of before."""

import posixpath
from collections.abc import Iterator
from datetime import timedelta

import msgspec

from capture.pauses import Unrecorded
from capture.tape.beginnings import apply
from capture.trace import FileEffect, Trace
from replay.syntax.vocabulary import SYSTEM_VARIABLES

UNRECORDED = "[masked:unrecorded]"
"""Stands for the value of a variable that was set in a pause."""


def with_unrecorded(trace: Trace) -> Trace:
    """The recording as if what pauses have made had been there before it began.

    Args:
        trace: Any.

    Returns:
        The same with the variables of pauses, each without its value, and with the files that pauses have left, but for
        those that a step before the pause is about: what it met is known, and what it made is its own.
    """
    if not trace.pauses:
        return trace
    names = {name for pause in trace.pauses for name in pause.set} - SYSTEM_VARIABLES
    defined = {name for pause in trace.pauses for name in pause.defined}
    files = {seen.path: seen for seen in trace.workspace_before}
    for pause in trace.pauses:
        for effect in _done_in(trace, pause):
            if not _is_known(trace, effect, pause.after_step):
                apply(effect, files)
    return msgspec.structs.replace(
        trace,
        environment=trace.environment | dict.fromkeys(sorted(names), UNRECORDED),
        defined=tuple(sorted({*trace.defined, *defined})),
        workspace_before=tuple(files[path] for path in sorted(files)),
    )


def _done_in(trace: Trace, pause: Unrecorded) -> Iterator[FileEffect]:
    """What changed in a pause; what changed behind the same step before it, or after it, is left out."""
    lasted = None if pause.duration_ms is None else timedelta(milliseconds=pause.duration_ms)
    for late in trace.between:
        if (
            late.after_step == pause.after_step
            and pause.at <= late.at
            and (lasted is None or late.at <= pause.at + lasted)
        ):
            yield from late.file_effects


def _is_known(trace: Trace, effect: FileEffect, last: int) -> bool:
    """Whether a step up to the last one names the path, or changed it."""
    paths = {effect.path, effect.moved_from or effect.path}
    names = {posixpath.basename(path) for path in paths}
    return any(
        any(name in step.command for name in names) or any(one.path in paths for one in step.file_effects)
        for step in trace.steps
        if step.step_index <= last
    )
