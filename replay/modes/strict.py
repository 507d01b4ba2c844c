"""strict: as recorded, and not a step further."""

from collections.abc import Sequence

from replay.modes.ruling import Verdict
from replay.outcome import Check, Failure, ReplayStatus, StepOutcome, StepState


class Strict:
    """Stops at the first divergence, before the next step."""

    def before(self, checks: Sequence[Check]) -> Verdict:
        """Run only what nothing definite speaks against."""
        return Verdict.STOP if any(check.stops for check in checks) else Verdict.RUN

    def after(self, failure: Failure | None) -> Verdict:
        """Go on only from a step that did what was recorded."""
        return Verdict.GO_ON if failure is None else Verdict.STOP

    def conclude(self, outcomes: Sequence[StepOutcome]) -> ReplayStatus:
        """Success only when every step was as recorded or skipped on purpose."""
        states = {outcome.status for outcome in outcomes}
        if StepState.REFUSED in states:
            return ReplayStatus.REFUSED
        return ReplayStatus.SUCCESS if states <= {StepState.SUCCESS, StepState.SKIPPED} else ReplayStatus.FAILED
