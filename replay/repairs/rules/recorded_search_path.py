"""Gives a variable that says where to look its recorded value, when what is not found lies there."""

from posixpath import splitext

from replay.outcome import FailureClass
from replay.repairs import recalling
from replay.repairs.proposal import Candidate, Evidence, Files, PatchEntry, PatchOp, Trust

LOOKED_UP_BY = {
    FailureClass.MISSING_MODULE: ("PERL5LIB", "RUBYLIB"),
    FailureClass.MISSING_HEADER: ("PKG_CONFIG_PATH",),
}
"""Variables in which programs look for what is of this class."""


class RecordedSearchPath:
    """Only where the recording had the variable, and a directory of it still holds what is not found."""

    name = "recorded-search-path"

    def matches(self, evidence: Evidence) -> bool:
        """Something that is looked up in the directories of a variable."""
        return bool(_variables(evidence))

    def propose(self, evidence: Evidence, files: Files) -> tuple[Candidate, ...]:
        """One candidate for each variable whose recorded value leads there."""
        return tuple(
            Candidate(
                source=f"rule:{self.name}",
                patch=(
                    PatchEntry(
                        op=PatchOp.SET_ENV,
                        step_index=evidence.step_index,
                        value={
                            "name": name,
                            "value": recalling.portable(evidence.recorded_environment[name], evidence),
                        },
                    ),
                ),
                rationale=f"The recording began with this {name}, and {evidence.failure.subject} still lies there.",
                confidence=0.85,
                trust=Trust.DATAFLOW,
            )
            for name in _variables(evidence)
            if any(_holds(folder, evidence, files) for folder in evidence.recorded_environment[name].split(":"))
        )


def _variables(evidence: Evidence) -> list[str]:
    names = LOOKED_UP_BY.get(evidence.failure.failure_class, ())
    return [name for name in names if evidence.recorded_environment.get(name)]


def _holds(folder: str, evidence: Evidence, files: Files) -> bool:
    """Whether a directory holds what is missing: as it is called, with an ending, or as a library."""
    wanted = (evidence.failure.subject or "").replace("::", "/").partition("/")[0]
    names = {wanted, f"lib{wanted}", wanted.partition(".")[0]} - {""}
    return any(entry in names or splitext(entry)[0] in names for entry in files.names_in(folder))
