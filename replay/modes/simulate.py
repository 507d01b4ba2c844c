"""simulate: looks at every step, runs none."""

from collections.abc import Sequence

from replay.modes.ruling import Verdict
from replay.outcome import Check, Failure, ReplayStatus, StepOutcome, StepState

WORST_FIRST = (
    (StepState.REFUSED, ReplayStatus.REFUSED),
    (StepState.BLOCKED, ReplayStatus.NOT_READY),
    (StepState.UNKNOWN, ReplayStatus.UNKNOWN),
)


class Simulate:
    """Never runs; goes through all steps, so that every obstacle shows at once."""

    def before(self, checks: Sequence[Check]) -> Verdict:
        """Assume the step, whatever its checks say."""
        del checks
        return Verdict.ASSUME

    def after(self, failure: Failure | None) -> Verdict:
        """Nothing ran; the next step."""
        del failure
        return Verdict.GO_ON

    def conclude(self, outcomes: Sequence[StepOutcome]) -> ReplayStatus:
        """The worst step decides."""
        states = {outcome.status for outcome in outcomes}
        return next((status for state, status in WORST_FIRST if state in states), ReplayStatus.READY)
