"""Reads shell commands: what they run, read, write, need and risk, from their syntax tree and nothing else."""

from functools import lru_cache

import msgspec

from capture.patches import is_patch
from replay.calls import is_call
from replay.syntax.context import Context
from replay.syntax.fish import pieces, reads_like_bash
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
from replay.syntax.zsh import without_modifiers

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


@lru_cache(maxsize=4096)
def analyse(command: str, shell: str = "bash") -> Analysis:
    """Read a command without running anything.

    Args:
        command: Shell text, many lines included.
        shell: Whose text it is.

    Returns:
        What its text tells; `ok` is False where the grammar could not follow, and the rest is then a best effort.
        Of the patch of a file step and of a tool's call, nothing: no shell reads them.
    """
    if is_patch(command) or is_call(command):
        return Analysis(text="", ok=True)
    source = Source(command)
    notes = Notes()
    Walker(source, notes).visit(source.root, Context())
    if source.root.has_error:
        notes.cannot_tell("the command's syntax could not be read whole")
    analysis = notes.analysis(command, ok=not source.root.has_error)
    if shell == "zsh":
        read = without_modifiers(analysis.variables_read, command)
        analysis = msgspec.structs.replace(analysis, variables_read=read)
    risks = risks_of(analysis)
    if shell == "fish" and not reads_like_bash(command):
        return _foreign(command, risks)
    return msgspec.structs.replace(analysis, risks=risks)


def _foreign(command: str, risks: tuple[RiskUse, ...]) -> Analysis:
    """A text that means something else than its tree says; what looks risky there still does."""
    why = "the syntax of fish is not read, so what this does can't be told before it runs"
    guessed = [
        msgspec.structs.replace(risk, span=Span(start=at + risk.span.start, end=at + risk.span.end))
        for at, piece in pieces(command)
        for risk in analyse(piece).risks
    ]
    hidden = RiskUse(verb="fish", kind=RiskKind.HIDDEN, span=Span(start=0, end=len(command)), reason=why)
    return Analysis(
        text=command, ok=False, foreign=True, risks=tuple(dict.fromkeys((*risks, *guessed, hidden))), unknown=(why,)
    )
