"""Gives an unset variable the value that the recording shows, when it is no secret."""

import re
from collections.abc import Iterator

from replay import template
from replay.outcome import FailureClass
from replay.repairs import editing, secrets
from replay.repairs.proposal import Candidate, Evidence, Files, PatchEntry, PatchOp, Risk, Trust

DOTENV = (".env", ".env.local", ".envrc")
ASSIGNED = re.compile(
    r"(?m)^[ \t]*(?:export[ \t]+)?([A-Za-z_]\w*)=(\"[^\"\n$`]*\"|'[^'\n]*'|[^\s\"'$`#]*)[ \t]*(?:#.*)?$"
)


class MissingEnv:
    """Sets the variable for this step and for later ones that read it; asks where no value may be shown."""

    name = "missing-env"

    def matches(self, evidence: Evidence) -> bool:
        """A variable without a value."""
        return evidence.failure.failure_class is FailureClass.MISSING_ENV

    def propose(self, evidence: Evidence, files: Files) -> tuple[Candidate, ...]:
        """The recorded value, else the one of the project's own `.env`."""
        name = evidence.failure.subject or ""
        if not name.isidentifier() or name in evidence.playbook.parameters or secrets.is_secret_name(name):
            return ()
        for value, trust, confidence, why in _values(name, evidence, files):
            if value and not secrets.is_masked(value):
                return (
                    Candidate(
                        source=f"rule:{self.name}",
                        patch=tuple(_entries(name, value, evidence)),
                        rationale=f"{name} is not set; {why}.",
                        confidence=confidence,
                        trust=trust,
                        risk=Risk.MEDIUM,
                    ),
                )
        return ()


def _values(name: str, evidence: Evidence, files: Files) -> Iterator[tuple[str, Trust, float, str]]:
    """Values that it may have, as templates, best first."""
    parameter = next((known for known in evidence.playbook.parameters if known == name.lower()), None)
    if parameter and parameter in evidence.bindings:
        yield editing.placeholder(parameter), Trust.DATAFLOW, 0.8, f"the playbook's parameter {parameter} has its value"
    if name in evidence.recorded_environment:
        value = _portable(evidence.recorded_environment[name], evidence)
        yield value, Trust.DATAFLOW, 0.8, "the recording began with this value"
    for file in DOTENV:
        text = files.read_text(f"{evidence.workspace}/{file}") or ""
        found = dict(ASSIGNED.findall(text)).get(name)
        if found:
            yield template.escape(found.strip("\"'")), Trust.NEAR_MATCH, 0.6, f"{file} of the project sets it"


def _portable(value: str, evidence: Evidence) -> str:
    """A recorded value with the recorded workspace and home as their parameters."""
    text = template.escape(value)
    for name, parameter in evidence.playbook.parameters.items():
        recorded = parameter.recorded
        if recorded and (text == recorded or text.startswith(f"{recorded}/")):
            return editing.placeholder(name) + text[len(recorded) :]
    return text


def _entries(name: str, value: str, evidence: Evidence) -> Iterator[PatchEntry]:
    """One entry for each step from here on that reads the variable."""
    for index, step in enumerate(evidence.playbook.steps, 1):
        analysis = editing.parse(step.run)
        reads = index > evidence.step_index and name in {use.name for use in analysis.variables_read}
        if index == evidence.step_index or reads:
            yield PatchEntry(op=PatchOp.SET_ENV, step_index=index, value={"name": name, "value": value})
        if index >= evidence.step_index and name in analysis.variables_set:
            return
