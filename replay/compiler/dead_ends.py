"""Drops what its own recorder calls a dead end: tried again, left, or looked at by an agent alone."""

from replay.compiler.draft import Draft, DraftStep


def drop_dead_ends(draft: Draft) -> Draft:
    """Drop steps that nothing rests on, for the reason that their recorder gives."""
    reasons = {step.recorded.step_index: why for step in draft.steps if (why := _why(step))}
    return draft.without(reasons)


def _why(step: DraftStep) -> str:
    return (step.recorded.hints.dead_end or "") if step.recorded.hints else ""
