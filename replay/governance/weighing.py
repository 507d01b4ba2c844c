"""How much a version changes of what is approved, and how much could go wrong with it (pure)."""

from collections.abc import Iterable, Sequence

from replay.document import Change, changes
from replay.document.changes import ChangeKind, Subject
from replay.governance.gates import RISKS
from replay.playbook import Playbook, SafetyLevel
from replay.repairs.proposal import Risk

UNHARMFUL = frozenset({"goal"})
"""Fields of a playbook that change nothing of what is done."""
RISK_OF = {
    SafetyLevel.AUTO_OK: Risk.LOW,
    SafetyLevel.NEEDS_CONFIRM: Risk.MEDIUM,
    SafetyLevel.MANUAL_ONLY: Risk.HIGH,
}


def changed_steps(before: Playbook, after: Playbook) -> tuple[frozenset[int], int]:
    """What steps a version changes; one whose parameter has another meaning is changed, too.

    Args:
        before: The version that is approved.
        after: The one that would take its place.

    Returns:
        The steps of the new one that differ, and how many of the old one are gone.
    """
    found = changes(before, after)
    touched = {index for change in found for index in _touched(change, after)}
    gone = sum(change.kind is ChangeKind.REMOVED and change.subject is Subject.STEP for change in found)
    return frozenset(touched), gone


def risk_of(playbook: Playbook, touched: Iterable[int], repairs: Sequence[Risk]) -> Risk:
    """The highest risk that a version carries.

    Args:
        playbook: The version.
        touched: Its steps that nobody has approved yet, counted from 1.
        repairs: The risks of what was approved to make it.
    """
    steps = (RISK_OF[playbook.steps[index - 1].safety] for index in touched)
    return max((Risk.LOW, *steps, *repairs), key=RISKS.index)


def _touched(change: Change, after: Playbook) -> Iterable[int]:
    match change.subject:
        case Subject.STEP:
            return () if change.kind is ChangeKind.REMOVED or change.step_index is None else (change.step_index,)
        case Subject.PARAMETER:
            name = f"{{{{{change.name}"
            return (index for index, step in enumerate(after.steps, 1) if name in f"{step.run}\n{step.cwd}")
        case Subject.PLAYBOOK:
            return () if change.field in UNHARMFUL else range(1, len(after.steps) + 1)
