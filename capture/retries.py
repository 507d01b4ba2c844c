"""Calls of an agent that failed and were made again, told from its steps: no hook and few records say so (pure)."""

import msgspec

from capture.provenance import Hints
from capture.trace import Step, StepKind, StepStatus, Trace

TRIED_AGAIN = "it failed, and the same call was made again"
"""Why a failed call is a dead end."""


def with_retries(trace: Trace) -> Trace:
    """A trace in which failed calls that their agent made again are dead ends.

    Args:
        trace: Of anything; a person's says nothing of calls, and stays as it is.
    """
    if trace.run.agent is None:
        return trace
    failed: dict[tuple[StepKind, str, str], int] = {}
    retried: set[int] = set()
    for at, step in enumerate(trace.steps):
        if step.status is StepStatus.SKIPPED:
            continue
        call = step.kind, step.command, step.cwd
        if (before := failed.pop(call, None)) is not None:
            retried.add(before)
        if step.status is StepStatus.FAILED:
            failed[call] = at
    if not retried:
        return trace
    steps = tuple(_marked(step) if at in retried else step for at, step in enumerate(trace.steps))
    return msgspec.structs.replace(trace, steps=steps)


def _marked(step: Step) -> Step:
    hints = step.hints or Hints()
    return (
        step
        if hints.dead_end
        else msgspec.structs.replace(step, hints=msgspec.structs.replace(hints, dead_end=TRIED_AGAIN))
    )
