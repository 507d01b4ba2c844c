"""Offers a step that ran out of time more of it."""

import re

from replay.outcome import FailureClass
from replay.repairs import editing
from replay.repairs.proposal import Candidate, Evidence, Files, PatchEntry, PatchOp, Trust
from replay.syntax import CommandUse, Word

FACTOR = 4
LONGEST_S = 6 * 3600
DURATION = re.compile(r"(\d+(?:\.\d+)?)([smh]?)")
SECONDS = {"": 1, "s": 1, "m": 60, "h": 3600}


class LongerTimeLimit:
    """Four times the limit; never chosen by itself, as slow and stuck look alike."""

    name = "longer-time-limit"

    def matches(self, evidence: Evidence) -> bool:
        """Ended by its own limit or by that of `timeout`, and not at a prompt."""
        actual = evidence.actual
        timed_out = evidence.failure.failure_class is FailureClass.TIMEOUT
        return timed_out and actual is not None and actual.unmet_prompt is None

    def propose(self, evidence: Evidence, files: Files) -> tuple[Candidate, ...]:
        """One candidate."""
        del files
        if evidence.actual is None:
            return ()
        if not evidence.actual.timed_out:
            return self._commands_own(evidence)
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

    def _commands_own(self, evidence: Evidence) -> tuple[Candidate, ...]:
        """`timeout` with a longer time."""
        run = evidence.step.run
        words = [word for use in editing.parse(run).commands if (word := _limit(use)) is not None]
        times = [(word, DURATION.fullmatch(editing.value(word) or "")) for word in words]
        edits = [
            (word.span.start, word.span.end, _longer(time[1], time[2]))
            for word, time in times
            if time and 0 < float(time[1]) * SECONDS[time[2]] < LONGEST_S
        ]
        if len(edits) != 1:
            return ()
        return (
            Candidate(
                source=f"rule:{self.name}",
                patch=(
                    PatchEntry(op=PatchOp.REPLACE, step_index=evidence.step_index, value=editing.replaced(run, edits)),
                ),
                rationale="The command's own limit ended it; it may be slow here, or stuck.",
                confidence=0.3,
                trust=Trust.NEAR_MATCH,
            ),
        )


def _limit(use: CommandUse) -> Word | None:
    """The word of `timeout` that says how long."""
    values = [editing.value(word) for word in use.outer]
    at = values.index("timeout") + 1 if "timeout" in use.wrappers and "timeout" in values else len(values)
    while at < len(values) and (values[at] or "").startswith("-"):
        at += 2 if values[at] in ("-k", "-s", "--kill-after", "--signal") else 1
    return use.outer[at] if at < len(values) else None


def _longer(number: str, unit: str) -> str:
    """Four times a time of `timeout`, in its own unit."""
    return f"{min(float(number) * FACTOR, LONGEST_S / SECONDS[unit]):g}{unit}"
