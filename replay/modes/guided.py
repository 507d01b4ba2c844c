"""guided: strict, and where strict stops it asks for repairs and waits."""

from collections.abc import Sequence

from replay.modes.ruling import Verdict
from replay.modes.strict import Strict
from replay.outcome import Check, Failure, ReplayStatus, StepOutcome


class Guided:
    """Never walks past a failure: a person approves a repair, or it stops there."""

    def __init__(self) -> None:
        self._strict = Strict()

    def before(self, checks: Sequence[Check]) -> Verdict:
        """Ask for repairs where strict would stop."""
        return Verdict.RUN if self._strict.before(checks) is Verdict.RUN else Verdict.PROPOSE

    def after(self, failure: Failure | None) -> Verdict:
        """Ask for repairs where strict would stop."""
        return Verdict.GO_ON if failure is None else Verdict.PROPOSE

    def conclude(self, outcomes: Sequence[StepOutcome]) -> ReplayStatus:
        """As strict; the engine says `needs_review` where proposals wait."""
        return self._strict.conclude(outcomes)
