"""Tells a reader what to know before trusting the playbook, as a score whose parts are shown."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

import msgspec

from replay.compiler.draft import Draft, DraftStep
from replay.matching import masks, printing
from replay.playbook import Quality, QualityPart, SafetyLevel


class Aspect(NamedTuple):
    """One thing that makes a playbook more or less to be trusted."""

    name: str
    weight: float
    """The share of the score that it takes away when nothing of it is well."""
    well: str
    """Said when there is no doubt."""
    doubted: str
    """Said of the doubts; `{doubts}` of `{of}` stand in it."""


CHECKED = Aspect("checked", 0.6, "every step's output and files are compared", "{doubts} of {of} checks are missing")
ANSWERED = Aspect("answered", 0.4, "no question is open", "questions open: {doubts}")
INPUTS = Aspect(
    "inputs known", 0.3, "what each step reads is known", "what is read can't be told: {doubts} of {of} steps"
)
REPRODUCIBLE = Aspect("reproducible", 0.3, "no output is left to chance", "left to chance: {doubts} of {of} outputs")
UNATTENDED = Aspect("unattended", 0.3, "no step needs a person", "a person must be there: {doubts} of {of} steps")
COMPARED = Aspect("unmasked", 0.2, "every line is compared whole", "something is masked in {doubts} of {of} lines")
SUCCEEDED = Aspect(
    "succeeded", 0.2, "no step failed in the recording", "failed, and expected to: {doubts} of {of} steps"
)
SAID = Aspect(
    "environment", 0.2, "nothing is used that was set before the recording", "set before the recording: {doubts}"
)
KEPT = Aspect("kept", 0.1, "no recorded step is left out", "recorded steps left out: {doubts}")


def report_quality(draft: Draft) -> Draft:
    """Score the draft by how much of it can be checked, and say what can't."""
    parts = tuple(_parts(draft))
    return msgspec.structs.replace(draft, quality=Quality(score=score(parts), notes=tuple(_notes(draft)), parts=parts))


def score(parts: Iterable[QualityPart]) -> float:
    """What the parts come to: each takes away its weight, times what it lacks, of what the others have left.

    Args:
        parts: In any order.

    Returns:
        0 to 1; less for more doubt in any part.
    """
    left = 1.0
    for part in parts:
        left *= 1.0 - part.weight * (1.0 - part.score)
    return round(left, 2)


def share(aspect: Aspect, doubts: int, of: int) -> QualityPart:
    """The part of an aspect that some of so many are in doubt of.

    Args:
        aspect: What it is about.
        doubts: How many are in doubt.
        of: How many there are.

    Returns:
        Its score falls from 1, without a doubt, to 0.
    """
    return _part(aspect, 1.0 - min(doubts, of) / of if of else 1.0, doubts, of)


def ratio(aspect: Aspect, doubts: int, sound: int) -> QualityPart:
    """The part of an aspect that any number of doubts may come to, beside so many steps that are sound.

    Args:
        aspect: What it is about.
        doubts: How many there are.
        sound: Steps.

    Returns:
        Its score falls from 1, without a doubt, towards 0.
    """
    return _part(aspect, sound / (sound + doubts) if doubts else 1.0, doubts, sound)


def _part(aspect: Aspect, value: float, doubts: int, of: int) -> QualityPart:
    why = aspect.doubted.format(doubts=doubts, of=of) if doubts else aspect.well
    return QualityPart(name=aspect.name, score=round(value, 4), weight=aspect.weight, why=why)


def _parts(draft: Draft) -> Iterator[QualityPart]:
    steps = draft.steps
    expected = [step.step.expect for step in steps]
    missing = sum((one.output is None) + (one.effects is None) for one in expected)
    yield share(CHECKED, missing, 2 * len(steps))
    yield ratio(ANSWERED, len(draft.questions), len(steps))
    yield share(INPUTS, len(steps) if _unseen(draft) else sum(map(_unread, steps)), len(steps))
    yield share(REPRODUCIBLE, sum(printing.by_chance(step.analysis) for step in steps), len(steps))
    yield share(UNATTENDED, sum(map(_attended, steps)), len(steps))
    lines = [line for one in expected for line in (one.output or "").splitlines()]
    yield share(COMPARED, sum(map(_masked, lines)), len(lines))
    yield share(SUCCEEDED, sum(one.exit != 0 for one in expected), len(steps))
    yield ratio(SAID, len(draft.unsaid), len(steps))
    yield ratio(KEPT, len(draft.dropped), len(steps))


def _notes(draft: Draft) -> Iterator[str]:
    for at, step in enumerate(draft.steps, 1):
        yield from (f"step {at}: {doubt}" for doubt in _doubts(step))
    exits = {step.step_index: step.exit_code for step in draft.trace.steps} if draft.dropped else {}
    for one in draft.dropped:
        if exits[one.source_step_index]:
            failed = f"step {one.source_step_index} of the recording failed (exit {exits[one.source_step_index]})"
            yield f"{failed} and is left out: {one.reason}"
    yield from (f"an open question: {question.text}" for question in draft.questions)
    yield from draft.unsaid
    if unseen := _unseen(draft):
        yield unseen


def _doubts(step: DraftStep) -> Iterator[str]:
    expect = step.step.expect
    if step.step.safety is SafetyLevel.MANUAL_ONLY:
        yield "a person must be there"
    elif _attended(step):
        yield "a person must type a secret"
    if expect.output is None:
        yield "its output is not compared"
    if expect.effects is None:
        yield "its file effects are not compared"
    if expect.exit != 0 and step.recorded.exit_code is not None:
        yield f"it failed in the recording (exit {expect.exit}), and is expected to"
    if not step.analysis.ok:
        yield "its syntax could not be read whole"
    elif _unread(step):
        yield f"what it reads can't be told: {'; '.join(step.analysis.unknown)}"


def _unseen(draft: Draft) -> str | None:
    """Why nobody knows what any of the steps met."""
    if draft.trace.run.imported is not None:
        return "the recording was imported: which files, directories and variables it met is not known"
    return None if draft.trace.workspace_complete else "the workspace was too large to be looked at whole"


def _unread(step: DraftStep) -> bool:
    return not step.analysis.ok or bool(step.analysis.unknown)


def _attended(step: DraftStep) -> bool:
    return step.step.safety is SafetyLevel.MANUAL_ONLY or any(answer.secret for answer in step.step.answers)


def _masked(line: str) -> bool:
    return any(piece.is_name and piece.text in masks.NAMES for piece in masks.pieces(line))
