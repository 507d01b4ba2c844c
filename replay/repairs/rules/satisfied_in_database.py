"""Lets a change of a database's schema stand that is in it already."""

import re

from replay.outcome import FailureClass
from replay.repairs import editing
from replay.repairs.proposal import Candidate, Evidence, Files, PatchEntry, PatchOp, Risk, Trust

CLASSES = frozenset({FailureClass.ALREADY_APPLIED, FailureClass.ALREADY_EXISTS})
ADDS_COLUMN = re.compile(r"\s*alter\s+table\s+\S+\s+add\s+(?:column\s+)?[\"'`\[]?(\w+)[^;]*;?\s*", re.IGNORECASE)
MAKES = re.compile(
    r"\s*create\s+(?:unique\s+)?(?:table|index|view)\s+[\"'`\[]?(\w+)[^;]*;?\s*", re.IGNORECASE | re.DOTALL
)
THERE = re.compile(r"\b(?:table|index|view) [\"'`]?(\w+)[\"'`]? already exists")
DUPLICATE = re.compile(r"duplicate column name: (\w+)")


class SatisfiedInDatabase:
    """Drops, deletes and replaces nothing; a table that may be another one is for a person to choose."""

    name = "satisfied-in-database"

    def matches(self, evidence: Evidence) -> bool:
        """sqlite3 says that something is there."""
        return evidence.failure.failure_class in CLASSES and bool(editing.uses(evidence.step.run, "sqlite3"))

    def propose(self, evidence: Evidence, files: Files) -> tuple[Candidate, ...]:
        """Leaves out the one statement that the command holds."""
        del files
        uses = editing.uses(evidence.step.run, "sqlite3")
        words = [word for use in uses for word in editing.words_of(evidence.step.run, use)]
        told = [text for word in words[2:] if (text := editing.value(word))]
        column, made = DUPLICATE.search(evidence.output), THERE.search(evidence.output)
        if len(editing.parse(evidence.step.run).commands) != 1 or len(told) != 1:
            return ()
        statements = told[0]
        adds = ADDS_COLUMN.fullmatch(statements)
        if column and adds and adds[1] == column[1]:
            why = f"column {column[1]} is there already, as the database says, and nothing else was to be done"
            entry = PatchEntry(op=PatchOp.SKIP, step_index=evidence.step_index, value=f"{why}.")
            return (_candidate(entry, why, 0.7),)
        makes = MAKES.fullmatch(statements)
        if made and makes and makes[1] == made[1]:
            why = f"{made[1]} is there already, and whether it is as the step would make it was not looked at"
            entry = PatchEntry(op=PatchOp.SKIP, step_index=evidence.step_index, value=f"{why}.")
            return (_candidate(entry, why, 0.45),)
        return ()


def _candidate(entry: PatchEntry, why: str, confidence: float) -> Candidate:
    return Candidate(
        source=f"rule:{SatisfiedInDatabase.name}",
        patch=(entry,),
        rationale=f"{why[0].upper()}{why[1:]}.",
        confidence=confidence,
        trust=Trust.IDEMPOTENT,
        risk=Risk.MEDIUM,
    )
