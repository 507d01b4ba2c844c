"""Reads shell commands: what they run, read, write, need and risk, from their syntax tree and nothing else."""

from functools import lru_cache

import msgspec

from replay.syntax.context import Context
from replay.syntax.notes import Notes
from replay.syntax.risks import risks_of
from replay.syntax.tree import Source
from replay.syntax.values import (
    Analysis,
    Assignment,
    CommandUse,
    Part,
    PathUse,
    RiskKind,
    RiskUse,
    Span,
    VariableUse,
    Via,
    Word,
)
from replay.syntax.walk import Walker

__all__ = [
    "Analysis",
    "Assignment",
    "CommandUse",
    "Part",
    "PathUse",
    "RiskKind",
    "RiskUse",
    "Span",
    "VariableUse",
    "Via",
    "Word",
    "analyse",
]


@lru_cache(maxsize=512)
def analyse(command: str) -> Analysis:
    """Read a command without running anything.

    Args:
        command: Shell text, many lines included.

    Returns:
        What its text tells; `ok` is False where the grammar could not follow, and the rest is then a best effort.
    """
    source = Source(command)
    notes = Notes()
    Walker(source, notes).visit(source.root, Context())
    if source.root.has_error:
        notes.cannot_tell("the command's syntax could not be read whole")
    analysis = notes.analysis(command, ok=not source.root.has_error)
    return msgspec.structs.replace(analysis, risks=risks_of(analysis))
