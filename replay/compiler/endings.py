"""Drops what ends or cuts a session and is no part of the work."""

from capture.trace import StepStatus
from replay.compiler.draft import Draft, DraftStep, command_names

LEAVING = frozenset({"exit", "logout"})
"""Commands that end the shell."""


def drop_endings(draft: Draft) -> Draft:
    """Drop empty lines and comments, `exit` and `logout`, and a step that never ended."""
    reasons = {step.recorded.step_index: reason for step in draft.steps if (reason := _reason(step))}
    return draft.without(reasons)


def _reason(step: DraftStep) -> str | None:
    names = command_names(step)
    if step.recorded.status is StepStatus.PARTIAL or step.recorded.exit_code is None:
        return "it never ended: the session was cut"
    if names and set(names) <= LEAVING:
        return "it only ends the session"
    lines = [line.strip() for line in step.recorded.command.splitlines()]
    if all(not line or line.startswith("#") for line in lines):
        return "it runs nothing"
    return None
