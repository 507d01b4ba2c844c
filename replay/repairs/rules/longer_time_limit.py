"""Offers a step that ran out of time more of it."""

from replay.outcome import FailureClass
from replay.repairs.proposal import Candidate, Evidence, Files, PatchEntry, PatchOp, Trust

FACTOR = 4
LONGEST_S = 6 * 3600


class LongerTimeLimit:
    """Four times the limit; never chosen by itself, as slow and stuck look alike."""

    name = "longer-time-limit"

    def matches(self, evidence: Evidence) -> bool:
        """Ended by its own limit, and not at a prompt."""
        actual = evidence.actual
        timed_out = evidence.failure.failure_class is FailureClass.TIMEOUT
        return timed_out and actual is not None and actual.timed_out and actual.unmet_prompt is None

    def propose(self, evidence: Evidence, files: Files) -> tuple[Candidate, ...]:
        """One candidate."""
        del files
        if evidence.actual is None:
            return ()
        ran = max(1, round(evidence.actual.duration_ms / 1000))
        limit = f"{min(ran * FACTOR, LONGEST_S)}s"
        return (
            Candidate(
                source=f"rule:{self.name}",
                patch=(PatchEntry(op=PatchOp.SET_TIMEOUT, step_index=evidence.step_index, value=limit),),
                rationale=f"The step was ended after {ran} s; it may be slow here, or stuck.",
                confidence=0.3,
                trust=Trust.NEAR_MATCH,
            ),
        )
