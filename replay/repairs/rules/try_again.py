"""Has a download try again, a bounded number of times, where a server did not answer."""

from replay.outcome import FailureClass
from replay.repairs import editing
from replay.repairs.proposal import Candidate, Evidence, Files, PatchEntry, PatchOp, Trust
from replay.syntax import CommandUse
from replay.syntax.risk_table import risk_table
from replay.syntax.wrappers import base_name

PATIENCE = {
    "curl": "--retry 5 --retry-delay 2 --retry-connrefused",
    "wget": "--tries=5 --waitretry=2 --retry-connrefused",
}
"""The options of each tool with which it tries again, and stops at last."""


class TryAgain:
    """The tool's own bounded retry, only for what merely fetches; no other mirror, no check switched off."""

    name = "try-again"

    def matches(self, evidence: Evidence) -> bool:
        """A server that was not reached."""
        return evidence.failure.failure_class is FailureClass.NETWORK

    def propose(self, evidence: Evidence, files: Files) -> tuple[Candidate, ...]:
        """One candidate; never chosen by itself, as the server may just not run."""
        del files
        run = evidence.step.run
        edits = [
            (word.span.end, word.span.end, f" {PATIENCE[tool]}")
            for use in editing.parse(run).commands
            if (tool := base_name(use.name) or "") in PATIENCE and _only_fetches(use)
            if (word := editing.name_word(run, use)) is not None
        ]
        if not edits:
            return ()
        entry = PatchEntry(op=PatchOp.REPLACE, step_index=evidence.step_index, value=editing.replaced(run, edits))
        return (
            Candidate(
                source=f"rule:{self.name}",
                patch=(entry,),
                rationale="The server did not answer; fetching changes nothing there, so it may be tried again. "
                "Was the step that starts the server run?",
                confidence=0.4,
                trust=Trust.IDEMPOTENT,
            ),
        )


def _only_fetches(use: CommandUse) -> bool:
    """Whether nothing is sent, and nothing is said of trying again yet."""
    options = {(editing.value(word) or "").partition("=")[0] for word in use.words}
    clusters = {f"-{letter}" for text in options if text[:1] == "-" != text[1:2] for letter in text[1:]}
    return not (options | clusters) & {*risk_table().downloads.send, "--retry", "--tries", "-t", "--retry-connrefused"}
