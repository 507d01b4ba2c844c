"""What a mode is asked and what it may answer."""

from collections.abc import Sequence
from enum import Enum, auto
from typing import Protocol

from replay.outcome import Check, CheckState, Failure, FailureClass, ReplayStatus, StepOutcome, StepState


class Verdict(Enum):
    """What the engine does next."""

    ASSUME = auto()
    """Run nothing; take what the step is expected to do as done."""
    RUN = auto()
    """Run the step."""
    GO_ON = auto()
    """The step is done; take the next one."""
    STOP = auto()
    """End the replay here."""
    PROPOSE = auto()
    """Ask the repair sources, then wait for a person."""


class Ruling(Protocol):
    """A mode."""

    def before(self, checks: Sequence[Check]) -> Verdict:
        """What to do with a step whose preconditions came out like this."""
        ...

    def after(self, failure: Failure | None) -> Verdict:
        """What to do behind a step that ran."""
        ...

    def conclude(self, outcomes: Sequence[StepOutcome]) -> ReplayStatus:
        """How the replay ended, when no one cancelled it."""
        ...


def standing(checks: Sequence[Check]) -> StepState:
    """How a step stands before it runs: the worst of its checks.

    Args:
        checks: All checks of the step.

    Returns:
        `refused`, `blocked`, `unknown`, `warned` or `ready`.
    """
    states = {check.state for check in checks}
    if any(check.state is CheckState.FAIL and check.failure_class is FailureClass.UNSAFE for check in checks):
        return StepState.REFUSED
    if CheckState.FAIL in states:
        return StepState.BLOCKED
    if CheckState.UNKNOWN in states:
        return StepState.UNKNOWN
    return StepState.WARNED if CheckState.WARN in states else StepState.READY
