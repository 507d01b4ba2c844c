"""Finds what each step needs before it can run."""

from collections.abc import Iterator

import msgspec

from capture.trace import StepKind
from replay.compiler.draft import Draft
from replay.conditions.checks import derive, facts_along
from replay.matching import masks
from replay.playbook import Requirement

_LOOKED_FOR = ("file", "directory", "command", "env")
"""What a recorder may say in a form that can be looked for."""


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
        needs = tuple(_named(need, known) for need in needs)
        said = tuple(need for need in _said(draft, at) if (need.kind, need.subject) not in {*map(_key, needs)})
        steps[at] = steps[at].changed(requires=(*needs, *said))
    return draft.with_steps(tuple(steps))


def _key(need: Requirement) -> tuple[str, str]:
    return need.kind, need.subject


def _said(draft: Draft, at: int) -> Iterator[Requirement]:
    """What the step's recorder said that it needs, where that can be looked for, as `file:PATH`."""
    hints = draft.steps[at].recorded.hints
    for text in dict.fromkeys(hints.preconditions) if hints else ():
        kind, _, subject = text.partition(":")
        if kind in _LOOKED_FOR and subject.strip() and "\0" not in subject:
            known = draft.meant_at(at, subject, before=True)
            yield _named(msgspec.structs.replace(Requirement(), **{kind: subject.strip()}), known)


def _named(need: Requirement, known: dict[str, str]) -> Requirement:
    """The precondition with known values by their names."""
    return msgspec.structs.replace(need, **{need.kind: masks.lifted(need.subject, known, masked=False)})
