"""Finds what each step needs before it can run."""

import msgspec

from capture.trace import StepKind
from replay.compiler.draft import Draft
from replay.conditions.checks import derive, facts_before
from replay.matching import masks
from replay.playbook import Requirement


def find_requirements(draft: Draft) -> Draft:
    """Give each step its preconditions, from its syntax tree and from what the recording found."""
    steps = []
    for at, step in enumerate(draft.steps):
        # A file operation needs what its text says, not what the editor did.
        by_hand = step.step.kind is StepKind.FILE
        needs = () if by_hand else derive(step.analysis, facts_before(draft.trace, step.recorded))
        known = draft.known_at(at - 1)
        steps.append(step.changed(requires=tuple(_named(need, known) for need in needs)))
    return draft.with_steps(tuple(steps))


def _named(need: Requirement, known: dict[str, str]) -> Requirement:
    """The precondition with known values by their names."""
    return msgspec.structs.replace(need, **{need.kind: masks.lifted(need.subject, known, masked=False)})
