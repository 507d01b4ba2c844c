"""Tells a reader what to know before trusting the playbook."""

from collections.abc import Iterator

import msgspec

from replay.compiler.draft import Draft
from replay.playbook import PlaybookStep, Quality, SafetyLevel

_WEIGHT = 0.5
"""What one doubtful step takes from the score of a playbook of one step."""


def report_quality(draft: Draft) -> Draft:
    """Score the draft by how much of it can be checked, and say what can't."""
    doubts = [doubt for at, step in enumerate(draft.steps) for doubt in _doubts(at + 1, step.step)]
    doubts += [
        f"step {at + 1}: its syntax could not be read whole"
        for at, step in enumerate(draft.steps)
        if not step.analysis.ok
    ]
    doubts += [f"an open question: {question.text}" for question in draft.questions]
    if draft.trace.run.imported is not None:
        doubts.append("the recording was imported: which files, directories and variables it met is not known")
    elif not draft.trace.workspace_complete:
        doubts.append("the workspace was too large to be looked at whole")
    score = max(0.0, 1.0 - _WEIGHT * len(doubts) / max(1, len(draft.steps)))
    return msgspec.structs.replace(draft, quality=Quality(score=round(score, 2), notes=tuple(doubts)))


def _doubts(number: int, step: PlaybookStep) -> Iterator[str]:
    if step.safety is SafetyLevel.MANUAL_ONLY:
        yield f"step {number}: a person must be there"
    if step.expect.output is None:
        yield f"step {number}: its output is not compared"
    if step.expect.effects is None:
        yield f"step {number}: its file effects are not compared"
    if step.expect.exit != 0:
        yield f"step {number}: it failed in the recording (exit {step.expect.exit}), and is expected to"
