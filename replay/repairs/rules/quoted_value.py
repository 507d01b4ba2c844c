"""Quotes a variable whose value has blanks in it now, so that it stays one word."""

import re
from collections.abc import Iterator

from replay.outcome import FailureClass
from replay.repairs import editing
from replay.repairs.proposal import Candidate, Evidence, Files, PatchEntry, PatchOp, Trust
from replay.syntax import Word

GONE = re.compile(r"No such file or directory|cannot access|can't (?:open|read)")
AMBIGUOUS = ": ambiguous redirect"
UNQUOTED = re.compile(r"\$(?:\w+|\{\w+\})")


class QuotedValue:
    """Only where the tool complained of every piece of a name that is there as a whole."""

    name = "quoted-value"

    def matches(self, evidence: Evidence) -> bool:
        """Paths that are not there, or a redirect to more than one."""
        if evidence.failure.failure_class is FailureClass.SYNTAX:
            return AMBIGUOUS in evidence.output
        return evidence.failure.failure_class is FailureClass.MISSING_FILE and bool(GONE.search(evidence.output))

    def propose(self, evidence: Evidence, files: Files) -> tuple[Candidate, ...]:
        """One candidate, where one variable alone can be meant."""
        if evidence.failure.failure_class is FailureClass.SYNTAX:
            return _redirected(evidence)
        words = [word for word in editing.words(evidence.step.run) if _splits(word)]
        found = list(_in_pieces(evidence, files))
        if len(words) != 1 or len(found) != 1:
            return ()
        (word,) = words
        run = editing.replaced(evidence.step.run, [(word.span.start, word.span.end, f'"{word.text}"')])
        why = f"{found[0]!r} is there, and was taken for {len(found[0].split())} names."
        return (_candidate(run, why, evidence, 0.85),)


def _redirected(evidence: Evidence) -> tuple[Candidate, ...]:
    """The value that a redirect goes by, where the shell says that it is more than one word."""
    run, subject = evidence.step.run, evidence.failure.subject or ""
    at = [found.start(1) for found in re.finditer(rf"[<>]\s*({re.escape(subject)})(?![\w}}/.-])", run)]
    if len(at) != 1 or not UNQUOTED.fullmatch(subject):
        return ()
    quoted = editing.replaced(run, [(at[0], at[0] + len(subject), f'"{subject}"')])
    return (_candidate(quoted, f"{subject} has blanks in it now, and the shell wants one name there.", evidence, 0.7),)


def _candidate(run: str, why: str, evidence: Evidence, confidence: float) -> Candidate:
    return Candidate(
        source=f"rule:{QuotedValue.name}",
        patch=(PatchEntry(op=PatchOp.REPLACE, step_index=evidence.step_index, value=run),),
        rationale=why,
        confidence=confidence,
        trust=Trust.DATAFLOW,
    )


def _splits(word: Word) -> bool:
    return word.value is None and UNQUOTED.fullmatch(word.text) is not None


def _in_pieces(evidence: Evidence, files: Files) -> Iterator[str]:
    """Files of the workspace with blanks in their names of which the tool missed every piece."""
    lines = [line for line in evidence.output.splitlines() if GONE.search(line)]
    for entry in files.workspace_files():
        pieces = entry.as_posix().split()
        if len(pieces) > 1 and all(any(_names(piece, line) for line in lines) for piece in pieces):
            yield entry.as_posix()


def _names(piece: str, line: str) -> bool:
    return re.search(rf"(?<![\w./-]){re.escape(piece)}(?![\w/-]|\.\w)", line) is not None
