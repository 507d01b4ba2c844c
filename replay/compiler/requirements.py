"""Finds what each step needs before it can run."""

import msgspec

from capture.trace import StepKind
from replay.compiler.draft import Draft
from replay.conditions.checks import derive, facts_along
from replay.matching import masks
from replay.playbook import Requirement


def find_requirements(draft: Draft) -> Draft:
    """Give each step its preconditions, from its syntax tree and from what the recording found."""
    kept = {step.recorded.step_index: (at, step) for at, step in enumerate(draft.steps)}
    read = {index: step.analysis for index, (_, step) in kept.items()}
    steps = []
    for recorded, facts in facts_along(draft.trace, read):
        if recorded.step_index not in kept:
            continue
        at, step = kept[recorded.step_index]
        # A file operation needs what its text says, not what the editor did.
        needs = () if step.step.kind is StepKind.FILE else derive(step.analysis, facts)
        known = draft.meant_at(at, before=True)
        steps.append(step.changed(requires=tuple(_named(need, known) for need in needs)))
    return draft.with_steps(tuple(steps))


def _named(need: Requirement, known: dict[str, str]) -> Requirement:
    """The precondition with known values by their names."""
    return msgspec.structs.replace(need, **{need.kind: masks.lifted(need.subject, known, masked=False)})
