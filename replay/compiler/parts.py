"""Steps that ran within others, or beside them."""

from collections.abc import Iterator

import msgspec

from capture.trace import StepKind, Trace
from replay.compiler.draft import Draft


def with_apart(trace: Trace) -> Trace:
    """A trace that claims nothing of the files of commands that ran beside others: either may have written them."""
    steps = tuple(
        msgspec.structs.replace(step, effects_seen=False) if step.apart and step.kind is StepKind.SHELL else step
        for step in trace.steps
    )
    return msgspec.structs.replace(trace, steps=steps)


def drop_parts(draft: Draft) -> Draft:
    """Drop the parts of steps that stay: whoever does those again does their parts as well."""
    return draft.without(dict(_done_by_others(draft)))


def _done_by_others(draft: Draft) -> Iterator[tuple[int, str]]:
    around = {step.step_index: step.part_of for step in draft.trace.steps if isinstance(step.part_of, int)}
    stay = {step.recorded.step_index for step in draft.steps}
    for index in sorted(stay & around.keys()):
        at, by = index, None
        # What a step is a part of has a lower number; an edited trace may say anything.
        while (outer := around.get(at, at)) < at:
            at = outer
            by = at if at in stay else by
        if by is not None:
            yield index, f"it is a part of step {by}, which does it again"
