"""Finds what each step needs before it can run."""

import msgspec

from capture.trace import StepKind
from replay.compiler.draft import Draft
from replay.conditions.checks import derive, facts_along
from replay.matching import masks
from replay.playbook import Requirement


def find_requirements(draft: Draft) -> Draft:
    """Give each step its preconditions, from its syntax tree and from what the recording found."""
    # Steps may stand in another order than they were recorded in, where several recordings were aligned.
    kept = {step.recorded.step_index: at for at, step in enumerate(draft.steps)}
    read = {step.step_index: draft.reads(step.command) for step in draft.trace.steps}
    read |= {step.recorded.step_index: step.analysis for step in draft.steps}
    steps = list(draft.steps)
    for recorded, facts in facts_along(draft.trace, read):
        at = kept.get(recorded.step_index)
        if at is None:
            continue
        # A file operation needs what its text says, not what the editor did.
        needs = () if steps[at].step.kind is StepKind.FILE else derive(steps[at].analysis, facts)
        known = draft.meant_at(at, *(need.subject for need in needs), before=True) if needs else {}
        steps[at] = steps[at].changed(requires=tuple(_named(need, known) for need in needs))
    return draft.with_steps(tuple(steps))


def _named(need: Requirement, known: dict[str, str]) -> Requirement:
    """The precondition with known values by their names."""
    return msgspec.structs.replace(need, **{need.kind: masks.lifted(need.subject, known, masked=False)})
