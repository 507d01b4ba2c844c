"""Makes the directory that a step writes into, when the recording shows that it holds nothing but outputs."""

from collections.abc import Iterator
from posixpath import dirname

from replay.edits import is_patch
from replay.outcome import FailureClass
from replay.repairs import editing, locating
from replay.repairs.proposal import Candidate, Evidence, Files, PatchEntry, PatchOp, Trust

CLASSES = frozenset({FailureClass.MISSING_DIRECTORY, FailureClass.MISSING_FILE})


class MissingDirectory:
    """`mkdir -p` before the step; never for an input, and never for the workspace itself."""

    name = "missing-directory"

    def matches(self, evidence: Evidence) -> bool:
        """A path that could not be opened or entered."""
        return evidence.failure.failure_class in CLASSES

    def propose(self, evidence: Evidence, files: Files) -> tuple[Candidate, ...]:
        """One candidate that makes every missing directory that the step writes into."""
        changes_a_file = is_patch(evidence.step.run) and evidence.failure.failure_class is FailureClass.MISSING_FILE
        missing = () if changes_a_file else tuple(_missing(evidence, files))
        if not missing:
            return ()
        words = " ".join(locating.spelt(path, evidence) for path in missing)
        shown = ", ".join(str(locating.inside(path, evidence)) for path in missing)
        return (
            Candidate(
                source=f"rule:{self.name}",
                patch=(
                    PatchEntry(op=PatchOp.INSERT_BEFORE, step_index=evidence.step_index, value=f"mkdir -p {words}"),
                ),
                rationale=f"{shown} is not there; the recorded work only writes into it.",
                confidence=0.9,
                trust=Trust.IDEMPOTENT,
            ),
        )


def _missing(evidence: Evidence, files: Files) -> Iterator[str]:
    """Directories that are not there and that take outputs of this step, each once, absolute."""
    analysis = editing.parse(evidence.command)
    reads = {locating.absolute(use.path, evidence) for use in analysis.reads if use.path}
    subject = evidence.failure.subject or ""
    named = [locating.absolute(subject, evidence)] if locating.looks_like_path(subject) else []
    entered = [locating.absolute(use.path, evidence) for use in analysis.directories if use.path]
    if any(path in {*reads, *entered} and not locating.is_output_directory(path, evidence) for path in named):
        # An input is what is missing: no directory of outputs brings it back.
        return
    targets = sorted(locating.targets(evidence))
    into = [*named, *entered, *targets, *(dirname(path) for path in (*named, *targets))]
    found = [
        path
        for path in dict.fromkeys(into)
        if not files.exists(path) and path not in reads and locating.is_output_directory(path, evidence)
    ]
    yield from (path for path in found if not any(other.startswith(f"{path}/") for other in found))
