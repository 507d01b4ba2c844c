"""Names the remote branch to a pull that has lost the one that it follows."""

from replay.outcome import FailureClass
from replay.repairs import editing, locating
from replay.repairs.proposal import Candidate, Evidence, Files, PatchEntry, PatchOp, Trust

NOTHING_TO_FOLLOW = "There is no tracking information for the current branch"


class GitUpstream:
    """`git pull REMOTE BRANCH`, as git says itself; no setting is changed."""

    name = "git-upstream"

    def matches(self, evidence: Evidence) -> bool:
        """A pull of a branch that follows none."""
        return evidence.failure.failure_class is FailureClass.GIT_REMOTE and NOTHING_TO_FOLLOW in evidence.output

    def propose(self, evidence: Evidence, files: Files) -> tuple[Candidate, ...]:
        """A candidate for each remote that has a branch of the same name; equals stay equal."""
        state = files.git(locating.directory(evidence))
        remotes = [name for name in state.remotes if f"{name}/{state.branch}" in state.remote_branches]
        run = evidence.step.run
        found: list[Candidate] = []
        for remote in remotes:
            edits = [
                (
                    words[-1].span.end,
                    words[-1].span.end,
                    f" {editing.quoted(remote)} {editing.quoted(state.branch or '')}",
                )
                for use in editing.uses(run, "git")
                if (words := editing.words_of(run, use))
                and [editing.value(word) for word in words[1:] if not (editing.value(word) or "-").startswith("-")]
                == ["pull"]
            ]
            if edits:
                found.append(_candidate(editing.replaced(run, edits), f"{remote}/{state.branch}", evidence))
        return tuple(found)


def _candidate(run: str, branch: str, evidence: Evidence) -> Candidate:
    return Candidate(
        source=f"rule:{GitUpstream.name}",
        patch=(PatchEntry(op=PatchOp.REPLACE, step_index=evidence.step_index, value=run),),
        rationale=f"The branch follows none any more; {branch} is called as it is, and git wants to be told.",
        confidence=0.75,
        trust=Trust.TOOL_HINT,
    )
