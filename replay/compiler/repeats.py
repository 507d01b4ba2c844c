"""Merges a command that was run again at once, to no other end."""

from itertools import pairwise

from capture.trace import Step
from replay.compiler.draft import Draft, DraftStep, changes_nothing, command_names

_LINTERS = "eslint flake8 hadolint mypy pyright ruff shellcheck tsc yamllint"
_READERS = "cmp diff egrep fgrep grep rg test ["
CHECKS = frozenset(f"{_LINTERS} {_READERS}".split())
"""Commands that act on nothing: run twice, they have told the same twice."""


def merge_repeats(draft: Draft) -> Draft:
    """Drop a step that repeats the one before it, prints the same, and can have done nothing."""
    reasons = {}
    for first, second in pairwise(draft.steps):
        idle = second.recorded.exit_code != 0 or set(command_names(second)) <= CHECKS
        if idle and _came_out_alike(first, second):
            reasons[second.recorded.step_index] = f"it repeats step {first.recorded.step_index}"
    return draft.without(reasons)


def _came_out_alike(first: DraftStep, second: DraftStep) -> bool:
    alike = _told(first.recorded) == _told(second.recorded)
    watched = first.recorded.effects_seen and second.recorded.effects_seen
    return alike and watched and changes_nothing(first.recorded) and changes_nothing(second.recorded)


def _told(step: Step) -> tuple[object, ...]:
    return step.command, step.exit_code, step.output, step.inputs
