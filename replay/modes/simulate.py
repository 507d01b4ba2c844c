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
        """The worst step decides; a warning that strict stops at is a question to a person, and no `ready`."""
        states = {outcome.status for outcome in outcomes}
        asks = any(check.stops for outcome in outcomes for check in outcome.checks)
        clear = ReplayStatus.UNKNOWN if asks else ReplayStatus.READY
        return next((status for state, status in WORST_FIRST if state in states), clear)
