"""Takes the line ends of DOS out of a shell script that the step runs, as an edit to be reviewed."""

from collections.abc import Iterator

from replay.outcome import FailureClass
from replay.repairs import commands, editing, locating
from replay.repairs.proposal import Candidate, Evidence, Files, PatchEntry, PatchOp, Risk, Trust
from replay.syntax.wrappers import base_name

CLASSES = frozenset(
    {
        FailureClass.BAD_INTERPRETER,
        FailureClass.MISSING_COMMAND,
        FailureClass.MISSING_FILE,
        FailureClass.MISSING_DIRECTORY,
        FailureClass.SYNTAX,
        FailureClass.UNKNOWN_OPTION,
        FailureClass.UNCLASSIFIED,
    }
)
"""What a carriage return at the end of a word is told as."""
SOURCES = frozenset({".", "source"})


class LineEnds:
    """`sed` before the step; the file stays beside it as it was."""

    name = "line-ends"

    def matches(self, evidence: Evidence) -> bool:
        """A shell that read a carriage return as part of a word."""
        return evidence.failure.failure_class in CLASSES

    def propose(self, evidence: Evidence, files: Files) -> tuple[Candidate, ...]:
        """The first script of the workspace that the command runs and whose lines end so."""
        for path in _scripts(evidence, files):
            below = locating.inside(path, evidence)
            if below is None or "\r\n" not in (files.read_text(path) or ""):
                continue
            edit = f"sed -i.crlf 's/\\r$//' {locating.spelt(path, evidence)}"
            return (
                Candidate(
                    source=f"rule:{self.name}",
                    patch=(PatchEntry(op=PatchOp.INSERT_BEFORE, step_index=evidence.step_index, value=edit),),
                    rationale=f"{below} has DOS line ends, which its shell takes for a part of words; "
                    "the edit keeps the file as it was beside it.",
                    confidence=0.6,
                    trust=Trust.IDEMPOTENT,
                    risk=Risk.MEDIUM,
                ),
            )
        return ()


def _scripts(evidence: Evidence, files: Files) -> Iterator[str]:
    """Shell scripts that the command calls, hands to a shell, or sources; absolute."""
    for use in editing.parse(evidence.command).commands:
        words = [word.value or "" for word in use.words]
        named = use.name or ""
        if "/" in named:
            path = locating.absolute(named, evidence)
            interpreter = commands.shebang(files.read_text(path))
            if interpreter and interpreter[0] in commands.SHELLS:
                yield path
        if base_name(named) in commands.SHELLS | SOURCES and named in words:
            operands = (text for text in words[words.index(named) + 1 :] if text and not text.startswith("-"))
            yield from (locating.absolute(text, evidence) for text in list(operands)[:1])
