"""Finds where the files went that a pattern stood for, where it matches nothing now."""

import re
from collections.abc import Iterator
from fnmatch import fnmatchcase
from posixpath import basename, dirname, join, splitext

from replay.outcome import FailureClass
from replay.repairs import editing, locating
from replay.repairs.proposal import Candidate, Evidence, Files, PatchEntry, PatchOp, Trust

CLASSES = frozenset({FailureClass.MISSING_FILE, FailureClass.UNCLASSIFIED})
BORDER = r"[\w./*?{}~-]"


class OtherPattern:
    """`conf/*.yaml` for `conf/*.yml`: the pattern that matches now each file that the old one did."""

    name = "other-pattern"

    def matches(self, evidence: Evidence) -> bool:
        """A pattern that matches nothing."""
        return evidence.failure.failure_class in CLASSES and bool(locating.WILDCARD.search(evidence.command))

    def propose(self, evidence: Evidence, files: Files) -> tuple[Candidate, ...]:
        """One candidate for each pattern that all of the recorded files have now; equals stay equal."""
        for text in _patterns(evidence):
            absolute = locating.absolute(text, evidence)
            before = locating.inside(absolute, evidence)
            known = [path for path in locating.recorded(evidence) if before and _fits(path, before)]
            there = any(files.exists(join(evidence.workspace, path)) for path in known)
            if not known or there or not files.exists(dirname(absolute)):
                continue
            found = {new: None for new in _now(known, text, evidence, files) if new != text}
            return tuple(
                Candidate(
                    source=f"rule:{self.name}",
                    patch=patch,
                    rationale=f"{text} matches nothing; each of the {len(known)} recorded files is there as {new}.",
                    confidence=0.8,
                    trust=Trust.NEAR_MATCH,
                )
                for new in found
                if (patch := _patch(text, new, evidence))
            )
        return ()


def _patterns(evidence: Evidence) -> Iterator[str]:
    """Words with wildcards, the one that the failure names first."""
    words = [word.value for word in editing.words(evidence.command) if word.value]
    subject = evidence.failure.subject or ""
    for text in dict.fromkeys([subject, *words]):
        if editing.PATTERN.fullmatch(text) and locating.WILDCARD.search(text):
            yield text


def _fits(path: str, pattern: str) -> bool:
    """Whether a path is one of a pattern's, directory by directory."""
    parts, wanted = path.split("/"), pattern.split("/")
    return len(parts) == len(wanted) and all(map(fnmatchcase, parts, wanted))


def _now(known: list[str], text: str, evidence: Evidence, files: Files) -> Iterator[str]:
    """Patterns of the places in which every recorded file is now: another ending, or another directory."""
    there = {entry.as_posix() for entry in files.workspace_files()}
    fresh = there - locating.recorded(evidence).keys()
    first = known[0]
    stem, ending = splitext(first)
    if text.endswith(ending) and ending:
        for path in sorted(fresh):
            other = splitext(path)[1]
            if splitext(path)[0] == stem and {splitext(old)[0] + other for old in known} <= fresh:
                yield text[: -len(ending)] + other
    if locating.WILDCARD.search(dirname(text)):
        return
    for path in sorted(fresh):
        folder = dirname(path)
        if basename(path) == basename(first) and {join(folder, basename(old)) for old in known} <= fresh:
            yield join(locating.spelt(join(evidence.workspace, folder), evidence), basename(text))


def _patch(old: str, new: str, evidence: Evidence) -> tuple[PatchEntry, ...]:
    """The pattern replaced where it stands by itself, in this step and in later ones."""
    word = re.compile(rf"(?<!{BORDER}){re.escape(old)}(?!{BORDER})")
    return tuple(
        PatchEntry(op=PatchOp.REPLACE, step_index=index, value=run)
        for index, step in enumerate(evidence.playbook.steps, 1)
        if index >= evidence.step_index and (run := word.sub(lambda _: new, step.run)) != step.run
    )
