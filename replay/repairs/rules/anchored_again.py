"""Anchors a pattern of `sed` or `grep` again where the text that it is for is spelt a little differently now."""

import re
from collections.abc import Iterator
from posixpath import isabs

from replay.outcome import FailureClass
from replay.repairs import editing, locating
from replay.repairs.proposal import Candidate, Evidence, Files, PatchEntry, PatchOp, Trust
from replay.syntax import CommandUse, Word

CLASSES = frozenset({FailureClass.EFFECTS_CHANGED, FailureClass.OUTPUT_CHANGED, FailureClass.EXIT_CHANGED})
SUBSTITUTES = re.compile(
    r"(?P<head>s(?P<d>[/|,#@%!]))(?P<pattern>(?:(?!(?P=d))[^\\\n]|\\.)+)"
    r"(?P<tail>(?P=d)(?:(?!(?P=d))[^\\\n]|\\.)*(?P=d)[gIp\d]*)"
)
DELETES = re.compile(r"(?P<head>(?P<d>/))(?P<pattern>(?:[^/\\\n]|\\.)+)(?P<tail>/d)")
SILENT = re.compile(r"-[a-zA-Z]*[qc][a-zA-Z]*|--quiet|--silent|--count")
MEANS_MORE = frozenset("*[](){}+?|")
SEPARATES = r"[\W_]*"
SHORTEST = 4
SPECIAL = re.compile(r"[\\.*\[\]^$]")


class AnchoredAgain:
    """Only where the very same letters stand in one line alone, and never chosen by itself."""

    name = "anchored-again"

    def matches(self, evidence: Evidence) -> bool:
        """A step that ran through, and found nothing to change."""
        return evidence.failure.failure_class in CLASSES

    def propose(self, evidence: Evidence, files: Files) -> tuple[Candidate, ...]:
        """A candidate for each place that the pattern can mean; equals stay equal."""
        run = evidence.step.run
        return tuple(
            Candidate(
                source=f"rule:{self.name}",
                patch=(
                    PatchEntry(
                        op=PatchOp.REPLACE,
                        step_index=evidence.step_index,
                        value=editing.replaced(run, [(word.span.start, word.span.end, text)]),
                    ),
                ),
                rationale=f"No line matches the pattern now; the same words stand there as {found!r}.",
                confidence=0.45,
                trust=Trust.NEAR_MATCH,
            )
            for use in editing.parse(run).commands
            for word, text, found in _anchored(run, use, evidence, files)
        )


def _anchored(run: str, use: CommandUse, evidence: Evidence, files: Files) -> Iterator[tuple[Word, str, str]]:
    """A pattern's word, its new source, and the text that it would match."""
    words = editing.words_of(run, use)
    values = [editing.value(word) or "" for word in words]
    silent = use.name == "grep" and any(SILENT.fullmatch(text) for text in values[1:])
    operands = [at for at, text in enumerate(values) if at and not text.startswith("-")]
    if not (use.name == "sed" or silent) or not operands:
        return
    lines = _lines([values[at] for at in operands[1:]], evidence, files)
    at, value = operands[0], values[operands[0]]
    extended = any(re.fullmatch(r"-[a-zA-Z]*[EFrPi].*", text) for text in values[1:] if not text.startswith("-i"))
    script = (SUBSTITUTES.fullmatch(value) or DELETES.fullmatch(value)) if use.name == "sed" else None
    pattern = script["pattern"] if script else value if silent else ""
    if extended or not pattern:
        return
    for found in _same_words(pattern, lines):
        delimiter = script["d"] if script else ""
        front, behind = "^" * pattern.startswith("^"), "$" * _ends(pattern)
        anchored = front + _literal(found, delimiter) + behind
        changed = script["head"] + anchored + script["tail"] if script else anchored
        yield words[at], editing.quoted(changed, like=words[at].text), found


def _lines(operands: list[str], evidence: Evidence, files: Files) -> list[str]:
    """The lines of the files of the workspace that the command is given."""
    paths = [locating.absolute(locating.filled(text, evidence), evidence) for text in operands]
    ours = [path for path in paths if isabs(path) and locating.inside(path, evidence) is not None]
    return [line for path in ours for line in (files.read_text(path) or "").splitlines()]


def _same_words(pattern: str, lines: list[str]) -> list[str]:
    """What the pattern can mean in the lines: the same letters in one order, other marks between them; each once."""
    bare = re.sub(r"\\(.)", r"\1", pattern.removeprefix("^").removesuffix("$" * _ends(pattern)))
    letters = re.sub(SEPARATES, "", bare)
    if len(letters) < SHORTEST or MEANS_MORE & set(pattern) or any(bare in line for line in lines):
        return []
    spelt = SEPARATES.join(map(re.escape, letters))
    whole = rf"^\s*{spelt}" if pattern.startswith("^") else rf"(?<!\w){spelt}"
    wanted = re.compile(whole + (r"\W*$" if _ends(pattern) else r"(?!\w)"), re.IGNORECASE)
    return [found[0] for line in lines if (found := wanted.search(line))]


def _ends(pattern: str) -> bool:
    return pattern.endswith("$") and not pattern.endswith("\\$")


def _literal(text: str, delimiter: str) -> str:
    """A pattern that matches the text and nothing else."""
    plain = SPECIAL.sub(r"\\\g<0>", text)
    return plain.replace(delimiter, f"\\{delimiter}") if delimiter else plain
