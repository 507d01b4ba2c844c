"""Keeps local changes that stand in the way of git: a stash or a commit, as a step of its own that a person reads."""

from replay.outcome import FailureClass
from replay.repairs import editing
from replay.repairs.proposal import Candidate, Evidence, Files, PatchEntry, PatchOp, Risk, Trust

UNTRACKED = "untracked working tree files"
UNFINISHED = ("unmerged", "have not concluded your merge", "submodule")
"""Words of states in which neither is possible."""
MESSAGE = "set aside before the replay"


class SetAside:
    """Both ways are offered and none is chosen: whose changes they are, only a person knows."""

    name = "set-aside"

    def matches(self, evidence: Evidence) -> bool:
        """Changes that git would have to overwrite."""
        return evidence.failure.failure_class is FailureClass.GIT_DIRTY

    def propose(self, evidence: Evidence, files: Files) -> tuple[Candidate, ...]:
        """A stash, and for files that git knows a commit."""
        del files
        uses = editing.uses(evidence.command, "git")
        elsewhere = any(
            (editing.value(word) or "").startswith(("-C", "--git-dir")) for use in uses for word in use.words
        )
        if not uses or elsewhere or any(word in evidence.output for word in UNFINISHED):
            return ()
        untracked = UNTRACKED in evidence.output
        stash = f"git stash push{' --include-untracked' if untracked else ''} -m '{MESSAGE}'"
        commands = {stash: "They come back with `git stash pop`."}
        if not untracked:
            commands[f"git commit -qam '{MESSAGE}'"] = "They stay on this branch, as a commit."
        return tuple(
            Candidate(
                source=f"rule:{self.name}",
                patch=(PatchEntry(op=PatchOp.INSERT_BEFORE, step_index=evidence.step_index, value=run),),
                rationale=f"Local changes are in the way. {what} Whose changes are they?",
                confidence=0.4,
                trust=Trust.IDEMPOTENT,
                risk=Risk.HIGH,
            )
            for run, what in commands.items()
        )
