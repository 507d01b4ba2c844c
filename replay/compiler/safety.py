"""Says how much a person must be there when a step runs."""

from replay.compiler.draft import Draft, DraftStep
from replay.playbook import SafetyLevel
from replay.syntax import RiskKind

WANTS_A_LOOK = frozenset(
    {
        RiskKind.DELETE,
        RiskKind.PRIVILEGE,
        RiskKind.FORCE,
        RiskKind.INSTALL,
        RiskKind.KILL,
        RiskKind.HISTORY_REWRITE,
        RiskKind.REDIRECT_OUTSIDE,
        RiskKind.RUN_DOWNLOADED,
        RiskKind.HIDDEN,
    }
)
"""Risks of which a person should know before the step runs."""


def set_safety(draft: Draft) -> Draft:
    """Mark steps that take risks, from their syntax trees."""
    return draft.with_steps(tuple(step.changed(safety=_level(step)) for step in draft.steps))


def _level(step: DraftStep) -> SafetyLevel:
    if step.step.safety is SafetyLevel.MANUAL_ONLY:
        return SafetyLevel.MANUAL_ONLY
    risky = any(risk.kind in WANTS_A_LOOK for risk in step.analysis.risks)
    return SafetyLevel.NEEDS_CONFIRM if risky else SafetyLevel.AUTO_OK
