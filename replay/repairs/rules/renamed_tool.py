"""Calls a tool, or names an argument, as whoever offers it calls it now: only where one name alone comes near."""

import re

from replay import calls
from replay.outcome import Divergence, FailureClass
from replay.repairs.proposal import Candidate, Evidence, Files, PatchEntry, PatchOp, Risk, Trust

_NEAR = re.compile(r"; did you mean (\S+)\?$")
"""As `replay.conditions.calling` says it, of what is offered here."""


class RenamedTool:
    """Replaces the tool's name here and in later steps, or the argument's here."""

    name = "renamed-tool"

    def matches(self, evidence: Evidence) -> bool:
        """A call that was looked at and not made: its tool, or an argument of it, has another name."""
        failure = evidence.failure
        named = failure.failure_class in {FailureClass.UNKNOWN_TARGET, FailureClass.UNKNOWN_OPTION}
        return named and failure.divergence is Divergence.PRECONDITION and calls.is_call(evidence.step.run)

    def propose(self, evidence: Evidence, files: Files) -> tuple[Candidate, ...]:
        """One candidate, where one name comes near."""
        del files
        found, old = _NEAR.search(evidence.failure.actual or ""), evidence.failure.subject
        if found is None or old is None:
            return ()
        is_tool = evidence.failure.failure_class is FailureClass.UNKNOWN_TARGET
        patch = _of_tool(evidence, old, found[1]) if is_tool else _of_argument(evidence, old, found[1])
        what = "tool" if is_tool else f"argument of {calls.name_of(evidence.step.run)}"
        return (
            Candidate(
                source=f"rule:{self.name}",
                patch=patch,
                rationale=f"{old} is no {what} any more; {found[1]} is the only one alike that is offered here.",
                confidence=0.7,
                trust=Trust.NEAR_MATCH,
                risk=Risk.MEDIUM,
            ),
        )


def _of_tool(evidence: Evidence, old: str, new: str) -> tuple[PatchEntry, ...]:
    steps = enumerate(evidence.playbook.steps, 1)
    return tuple(
        PatchEntry(op=PatchOp.REPLACE, step_index=index, value=calls.written(new, call.input))
        for index, step in steps
        if index >= evidence.step_index and (call := calls.read(step.run)) is not None and call.name == old
    )


def _of_argument(evidence: Evidence, old: str, new: str) -> tuple[PatchEntry, ...]:
    call = calls.read(evidence.step.run)
    if call is None or not isinstance(call.input, dict) or old not in call.input or new in call.input:
        return ()
    given = {new if name == old else name: value for name, value in call.input.items()}
    return (PatchEntry(op=PatchOp.REPLACE, step_index=evidence.step_index, value=calls.written(call.name, given)),)
