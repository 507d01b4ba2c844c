"""Calls a script with the right interpreter, where the one that it names is not here."""

from posixpath import join

from replay.outcome import FailureClass
from replay.repairs import commands, editing, locating
from replay.repairs.proposal import Candidate, Evidence, Files, PatchEntry, PatchOp, Risk, Trust

CLASSES = frozenset({FailureClass.BAD_INTERPRETER, FailureClass.MISSING_COMMAND, FailureClass.MISSING_FILE})


class BadInterpreter:
    """`python3 ./gen` for `./gen`, here and in later steps."""

    name = "bad-interpreter"

    def matches(self, evidence: Evidence) -> bool:
        """A script that the kernel, or `env`, found no interpreter for."""
        return evidence.failure.failure_class in CLASSES

    def propose(self, evidence: Evidence, files: Files) -> tuple[Candidate, ...]:
        """The interpreter by its name here."""
        for use in editing.parse(evidence.command).commands:
            path = locating.absolute(use.name, evidence) if use.name and "/" in use.name else None
            text = files.read_text(path) if path else None
            wanted = commands.shebang(text)
            if not path or not use.name or not wanted:
                continue
            first_line = str(text).partition("\n")[0]
            returns = first_line.endswith("\r")
            if returns and wanted[0] in commands.SHELLS:
                # A shell takes a carriage return for part of the last word: that is for another rule.
                return ()
            if returns or not _is_here(first_line, wanted[0], files):
                return tuple(self._calls(use.name, wanted, evidence, files))
        return ()

    def _calls(self, name: str, wanted: tuple[str, ...], evidence: Evidence, files: Files) -> list[Candidate]:
        here = [(wanted[0], 0.9, "is here", Risk.LOW)] if wanted[0] in files.commands() else []
        return [
            Candidate(
                source=f"rule:{self.name}",
                patch=_patch(evidence, name, " ".join((other, *wanted[1:]))),
                rationale=f"{name} names {wanted[0]}, which is not where it says; {other} {why}.",
                confidence=confidence,
                trust=Trust.NEAR_MATCH,
                risk=risk,
            )
            for other, confidence, why, risk in here or commands.names(wanted[0], evidence, files)
        ]


def _patch(evidence: Evidence, name: str, prefix: str) -> tuple[PatchEntry, ...]:
    """The interpreter before the script's name, in this step and in later ones that call it so."""
    return tuple(
        PatchEntry(op=PatchOp.REPLACE, step_index=index, value=run)
        for index, step in enumerate(evidence.playbook.steps, 1)
        if index >= evidence.step_index and (run := editing.with_prefix(step.run, name, prefix)) != step.run
    )


def _is_here(first_line: str, interpreter: str, files: Files) -> bool:
    """Whether the interpreter that the line names can be found."""
    words = first_line[2:].split()
    by_path = words[0] if words and not words[0].endswith("/env") else None
    return files.exists(join("/", by_path)) if by_path else interpreter in files.commands()
