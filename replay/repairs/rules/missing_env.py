"""Gives an unset variable the value that the recording shows, when it is no secret."""

import re
from collections.abc import Iterator
from posixpath import dirname

from replay import template
from replay.outcome import FailureClass
from replay.repairs import editing, locating, recalling, secrets
from replay.repairs.proposal import Candidate, Evidence, Files, Risk, Trust

DOTENV = (".env", ".env.local", ".env.development", ".envrc")
"""Files that set what a project's programs read."""
SAMPLES = (".env.example", ".env.sample", ".env.template", ".env.dist")
"""Files that show which variables there are; their values are examples, offered and never chosen."""
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
            if value and not secrets.is_masked(value) and not secrets.holds_secret(name, value):
                return (
                    Candidate(
                        source=f"rule:{self.name}",
                        patch=recalling.entries(name, value, evidence, lambda run: _reads(name, run)),
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
        value = recalling.portable(evidence.recorded_environment[name], evidence)
        yield value, Trust.DATAFLOW, 0.8, "the recording began with this value"
    for confidence, names, says in ((0.6, DOTENV, "sets it"), (0.4, SAMPLES, "has it as an example")):
        for file in (f"{folder}/{name}" for folder in _folders(evidence) for name in names):
            found = dict(ASSIGNED.findall(files.read_text(file) or "")).get(name)
            if found:
                shown = locating.inside(file, evidence) or file
                value = template.escape(found.strip("\"'"))
                yield value, Trust.NEAR_MATCH, confidence, f"{shown} of the project {says}"


def _folders(evidence: Evidence) -> tuple[str, ...]:
    """The step's own directory and those above it, up to the workspace."""
    here = locating.directory(evidence)
    folders = []
    while locating.inside(here, evidence) is not None:
        folders.append(here)
        here = dirname(here)
    return (*folders, evidence.workspace)


def _reads(name: str, run: str) -> bool:
    return name in {use.name for use in editing.parse(run).variables_read}
