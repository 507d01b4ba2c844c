"""Finds a C header or a library in the workspace and shows the compiler where it lies."""

from replay.outcome import FailureClass
from replay.repairs import editing, locating
from replay.repairs.proposal import Candidate, Evidence, Files, PatchEntry, PatchOp, Trust

COMPILERS = ("cc", "gcc", "g++", "c++", "clang", "clang++")
LIBRARIES = (".so", ".a", ".dylib")


class MissingHeader:
    """`-I` to the directory that has the header, `-L` to the library's; nothing is installed."""

    name = "missing-header"

    def matches(self, evidence: Evidence) -> bool:
        """A header or library that the compiler did not find."""
        return evidence.failure.failure_class is FailureClass.MISSING_HEADER

    def propose(self, evidence: Evidence, files: Files) -> tuple[Candidate, ...]:
        """One candidate for each directory that has it; equals stay equal."""
        missing = evidence.failure.subject or ""
        header = missing.endswith((".h", ".hh", ".hpp"))
        names = (missing,) if header else tuple(f"lib{missing}{ending}" for ending in LIBRARIES)
        folders = {
            entry.as_posix()[: -len(name)].rstrip("/"): name
            for entry in files.workspace_files()
            for name in names
            if missing and entry.as_posix().endswith(f"/{name}")
        }
        return tuple(
            Candidate(
                source=f"rule:{self.name}",
                patch=patch,
                rationale=f"{name} lies in {folder}.",
                confidence=0.8,
                trust=Trust.NEAR_MATCH,
            )
            for folder, name in folders.items()
            if (patch := _patch("-I" if header else "-L", f"{evidence.workspace}/{folder}", evidence))
        )


def _patch(option: str, folder: str, evidence: Evidence) -> tuple[PatchEntry, ...]:
    """`-I` or `-L` behind the compiler's name, in this step and in later compiling ones."""
    entries: list[PatchEntry] = []
    for index, step in enumerate(evidence.playbook.steps, 1):
        edits = [
            (word.span.end, word.span.end, f" {option}{locating.spelt(folder, evidence)}")
            for compiler in COMPILERS
            for use in editing.uses(step.run, compiler)
            if (word := editing.name_word(step.run, use)) is not None
        ]
        if edits and index >= evidence.step_index:
            run = editing.replaced(step.run, edits)
            entries.append(PatchEntry(op=PatchOp.REPLACE, step_index=index, value=run))
    return tuple(entries)
