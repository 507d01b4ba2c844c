"""Finds a C header in the workspace and shows the compiler where it lies."""

from replay.outcome import FailureClass
from replay.repairs import editing, locating
from replay.repairs.proposal import Candidate, Evidence, Files, PatchEntry, PatchOp, Trust

COMPILERS = ("cc", "gcc", "g++", "c++", "clang", "clang++")


class MissingHeader:
    """`-I` to the directory that has the header; nothing is installed."""

    name = "missing-header"

    def matches(self, evidence: Evidence) -> bool:
        """A header that the compiler did not find."""
        return evidence.failure.failure_class is FailureClass.MISSING_HEADER

    def propose(self, evidence: Evidence, files: Files) -> tuple[Candidate, ...]:
        """One candidate for each directory that has it; equals stay equal."""
        header = evidence.failure.subject or ""
        if not header.endswith((".h", ".hh", ".hpp")):
            return ()
        folders = [
            entry.as_posix()[: -len(header)].rstrip("/")
            for entry in files.workspace_files()
            if entry.as_posix().endswith(f"/{header}")
        ]
        return tuple(
            Candidate(
                source=f"rule:{self.name}",
                patch=patch,
                rationale=f"{header} lies in {folder}.",
                confidence=0.8,
                trust=Trust.NEAR_MATCH,
            )
            for folder in folders
            if (patch := _patch(f"{evidence.workspace}/{folder}", evidence))
        )


def _patch(folder: str, evidence: Evidence) -> tuple[PatchEntry, ...]:
    """`-I` behind the compiler's name, in this step and in later compiling ones."""
    entries: list[PatchEntry] = []
    for index, step in enumerate(evidence.playbook.steps, 1):
        edits = [
            (word.span.end, word.span.end, f" -I{locating.spelt(folder, evidence)}")
            for compiler in COMPILERS
            for use in editing.uses(step.run, compiler)
            if (word := editing.name_word(step.run, use)) is not None
        ]
        if edits and index >= evidence.step_index:
            run = editing.replaced(step.run, edits)
            entries.append(PatchEntry(op=PatchOp.REPLACE, step_index=index, value=run))
    return tuple(entries)
