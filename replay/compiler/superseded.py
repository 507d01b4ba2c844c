"""Drops failed attempts that a later success made up for."""

from collections.abc import Sequence
from difflib import SequenceMatcher

from capture.trace import Step
from replay.compiler.draft import Draft, DraftStep, changes, command_names
from replay.diagnosis import classify
from replay.outcome import FailureClass

SAYS_NO = frozenset({"grep", "egrep", "fgrep", "rg", "ag", "diff", "cmp", "test", "[", "pgrep", "expr", "comm"})
"""Commands whose exit code 1 is an answer."""
MISTAKES = frozenset(
    {
        FailureClass.MISSING_COMMAND,
        FailureClass.MISSING_FILE,
        FailureClass.MISSING_DIRECTORY,
        FailureClass.NOT_EXECUTABLE,
        FailureClass.PERMISSION_DENIED,
        FailureClass.UNKNOWN_OPTION,
        FailureClass.UNKNOWN_TARGET,
        FailureClass.GIT_REF,
        FailureClass.GIT_REMOTE,
        FailureClass.SYNTAX,
        FailureClass.MISSING_ENV,
    }
)
"""Failures of a command that was typed wrong or too early: a corrected one is the same work."""
NOT_FOUND = 127
"""The shell found no such command, by name or by path."""
ALIKE = 0.75
"""How alike two texts must be to be an attempt and its correction."""


def drop_superseded(draft: Draft) -> Draft:
    """Drop a failed step when the same command, or a plain correction of it, succeeded later."""
    reasons: dict[int, str] = {}
    for at, step in enumerate(draft.steps):
        later = _successor(step, draft.steps[at + 1 :]) if _failed_for_nothing(step) else None
        if later is not None:
            reasons[step.recorded.step_index] = f"it failed, and step {later.step_index} did it right"
    return draft.without(reasons)


def _failed_for_nothing(step: DraftStep) -> bool:
    """Whether it failed and left the shell as it was."""
    recorded = step.recorded
    answers = recorded.exit_code == 1 and bool(set(command_names(step)[-1:]) & SAYS_NO)
    moved = recorded.cwd != recorded.cwd_after or recorded.env_effects.any
    return recorded.exit_code != 0 and not answers and not moved


def _successor(failed: DraftStep, later: Sequence[DraftStep]) -> Step | None:
    """The first success that does what the failed one was to do, its leftovers included."""
    for step in later:
        done = {effect.path for effect in changes(step.recorded)}
        makes_up = {effect.path for effect in changes(failed.recorded)} <= done
        if step.recorded.exit_code == 0 and makes_up and _same_work(failed, step):
            return step.recorded
    return None


def _same_work(failed: DraftStep, step: DraftStep) -> bool:
    before, after = failed.recorded, step.recorded
    if before.command.split() == after.command.split():
        return before.cwd == after.cwd
    found = classify(
        command=before.command,
        exit_code=before.exit_code,
        output=before.output,
        signal=before.signal,
        timed_out=before.timed_out,
        expected_exit=0,
    ).failure_class
    misspelt = before.exit_code == NOT_FOUND
    if found not in MISTAKES or not (misspelt or command_names(failed) == command_names(step)):
        return False
    return SequenceMatcher(None, before.command, after.command, autojunk=False).ratio() >= ALIKE
