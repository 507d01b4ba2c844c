"""Finds a missing command under the name that this machine has it by."""

from replay.outcome import FailureClass
from replay.repairs import commands, editing
from replay.repairs.proposal import Candidate, Evidence, Files, PatchEntry, PatchOp, Trust


class OtherCommandName:
    """Replaces the command's word, behind wrappers too, here and in later steps."""

    name = "other-command-name"

    def matches(self, evidence: Evidence) -> bool:
        """A bare name that no PATH entry has."""
        return evidence.failure.failure_class is FailureClass.MISSING_COMMAND

    def propose(self, evidence: Evidence, files: Files) -> tuple[Candidate, ...]:
        """A candidate for each name that it may have here, the likeliest first."""
        missing = _missing(evidence, files)
        if missing is None:
            return ()
        found = commands.names(missing, evidence, files)
        return tuple(
            Candidate(
                source=f"rule:{self.name}",
                patch=_patch(evidence, missing, other),
                rationale=f"{missing} is not on PATH; {other} {why}.",
                confidence=confidence,
                trust=Trust.NEAR_MATCH,
                risk=risk,
            )
            for other, confidence, why, risk in found
        )


def _missing(evidence: Evidence, files: Files) -> str | None:
    """The command word that nothing answers to."""
    analysis = editing.parse(evidence.command)
    used = [use.name for use in analysis.commands if use.name and not use.builtin and "/" not in use.name]
    used += [wrapper for use in analysis.commands for wrapper in use.wrappers]
    if evidence.failure.subject in used:
        return evidence.failure.subject
    present = {*files.commands(), *analysis.functions}
    absent = [name for name in used if name not in present]
    return absent[0] if len(absent) == 1 and evidence.failure.subject is None else None


def _patch(evidence: Evidence, missing: str, other: str) -> tuple[PatchEntry, ...]:
    """The replaced word in this step and in later ones; a path of the project stays with this step's directory."""
    last = evidence.step_index if "/" in other else len(evidence.playbook.steps)
    return tuple(
        PatchEntry(op=PatchOp.REPLACE, step_index=index, value=run)
        for index, step in enumerate(evidence.playbook.steps[:last], 1)
        if index >= evidence.step_index and (run := editing.with_command(step.run, missing, other)) != step.run
    )
