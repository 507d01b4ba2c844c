"""Has a step wait, for a bounded time, for a lock that another process holds."""

import re
from collections.abc import Iterator

from replay.outcome import FailureClass
from replay.repairs import editing, locating
from replay.repairs.proposal import Candidate, Evidence, Files, PatchEntry, PatchOp, Trust
from replay.syntax.wrappers import base_name

CLASSES = frozenset({FailureClass.LOCKED, FailureClass.GIT_LOCK})
SECONDS = 30
LOOPS_ALIKE = frozenset({"bash", "zsh", "sh"})
AT_ONCE = re.compile(r"-n|--nb|--nonblock|--nonblocking")
LOCK_FILE = re.compile(r"['\"]?(?P<path>[^'\"\n:]+\.lock)['\"]?: File exists")


class WaitForLock:
    """The tool's own patience where it has one, else a loop with an end; no lock is deleted, no holder ended."""

    name = "wait-for-lock"

    def matches(self, evidence: Evidence) -> bool:
        """A lock that somebody holds."""
        return evidence.failure.failure_class in CLASSES

    def propose(self, evidence: Evidence, files: Files) -> tuple[Candidate, ...]:
        """One candidate; never chosen by itself, as the holder may never end."""
        if evidence.failure.failure_class is FailureClass.GIT_LOCK:
            entries = list(_until_gone(evidence, files))
        else:
            run = _patient(evidence.step.run)
            entries = [PatchEntry(op=PatchOp.REPLACE, step_index=evidence.step_index, value=run)]
        return tuple(
            Candidate(
                source=f"rule:{self.name}",
                patch=(entry,),
                rationale=f"Another process holds the lock; the step waits for it, for {SECONDS} s at the most. "
                "Is that process alive?",
                confidence=0.4,
                trust=Trust.IDEMPOTENT,
            )
            for entry in entries
        )


def _patient(run: str) -> str:
    """The command with its tool's own time to wait; unchanged where the tool has none."""
    edits: list[tuple[int, int, str]] = []
    for use in editing.parse(run).commands:
        words = use.outer or use.words
        if any(run[word.span.start : word.span.end] != editing.shown(word.text) for word in words):
            continue
        if "flock" in (*use.wrappers, base_name(use.name)):
            at = next((word for word in words if AT_ONCE.fullmatch(editing.value(word) or "")), None)
            edits += [(at.span.start, at.span.end, f"-w {SECONDS}")] if at else []
        elif base_name(use.name) == "sqlite3" and ".timeout" not in run:
            end = use.words[0].span.end
            edits.append((end, end, f" -cmd '.timeout {SECONDS * 1000}'"))
    return editing.replaced(run, edits)


def _until_gone(evidence: Evidence, files: Files) -> Iterator[PatchEntry]:
    """A step before this one that looks for the lock until it is gone; it fails when time is up."""
    found = LOCK_FILE.search(evidence.output)
    named = found["path"] if found else evidence.failure.subject or ""
    if not found and "could not lock config file" in evidence.output:
        named += ".lock"
    path = locating.absolute(named, evidence)
    below = locating.inside(path, evidence)
    shell = evidence.playbook.shell
    if not named.endswith(".lock") or not below or ".git/" not in f"{below}/" or shell not in LOOPS_ALIKE:
        return
    word = locating.spelt(path, evidence)
    loop = f"for n in $(seq {SECONDS}); do test -e {word} || break; sleep 1; done; test ! -e {word}"
    yield PatchEntry(op=PatchOp.INSERT_BEFORE, step_index=evidence.step_index, value=loop)
    del files
