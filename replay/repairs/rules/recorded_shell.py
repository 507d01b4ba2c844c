"""Runs a script by the shell that it is written for."""

import re
from collections.abc import Iterator

from replay.outcome import FailureClass
from replay.repairs import commands, editing, locating
from replay.repairs.proposal import Candidate, Evidence, Files, PatchEntry, PatchOp, Trust

PLAIN = frozenset({"sh", "dash", "ash"})
RICH = frozenset({"bash", "zsh", "ksh"})
BASH_ONLY = re.compile(
    r"\[\[|<\(|<<<|\$\{\w+(?://|\^|,,|:\d)|^\s*(?:function|source|declare|shopt|mapfile|readarray|pushd)\s|^\s*\w+\+?=\(",
    re.MULTILINE,
)
"""What plain shells don't know."""
BUILTINS = frozenset({"[[", "source", "declare", "shopt", "mapfile", "readarray", "pushd", "popd", "function"})


class RecordedShell:
    """`bash script` for `sh script`, where the script's first line or its syntax says so."""

    name = "recorded-shell"

    def matches(self, evidence: Evidence) -> bool:
        """A shell that can't read what it is given."""
        failure = evidence.failure
        missing = failure.failure_class is FailureClass.MISSING_COMMAND and failure.subject in BUILTINS
        return missing or failure.failure_class is FailureClass.SYNTAX

    def propose(self, evidence: Evidence, files: Files) -> tuple[Candidate, ...]:
        """One candidate."""
        return tuple(
            Candidate(
                source=f"rule:{self.name}",
                patch=(PatchEntry(op=PatchOp.REPLACE, step_index=evidence.step_index, value=run),),
                rationale=f"{script} is written for {shell}.",
                confidence=0.8,
                trust=Trust.NEAR_MATCH,
            )
            for run, script, shell in _by_its_shell(evidence, files)
        )


def _by_its_shell(evidence: Evidence, files: Files) -> Iterator[tuple[str, str, str]]:
    """The changed command, the script, and its shell."""
    run = evidence.step.run
    for use in editing.parse(run).commands:
        values = [editing.value(word) or "" for word in use.words]
        called = use.name in PLAIN and len(values) > 1 and not values[1].startswith("-")
        name = values[1] if called else values[0] if "/" in values[0] else None
        path = locating.absolute(locating.filled(name, evidence), evidence) if name else None
        text = files.read_text(path) if path and locating.inside(path, evidence) else None
        shell = _written_for(text) if text else None
        if not name or not shell or shell not in files.commands():
            continue
        if called:
            yield editing.with_command(run, str(use.name), shell), name, shell
        elif commands.shebang(text)[:1] and commands.shebang(text)[0] in PLAIN:
            yield editing.with_prefix(run, values[0], shell), name, shell


def _written_for(text: str) -> str | None:
    """The shell whose syntax a script needs; None: any will do."""
    named = commands.shebang(text)
    if named and named[0] in RICH:
        return named[0]
    return "bash" if BASH_ONLY.search(text) else None
