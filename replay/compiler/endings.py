"""Drops what ends or cuts a session and is no part of the work."""

from posixpath import basename

from capture.trace import Step, StepStatus
from replay.compiler.draft import Draft, DraftStep, command_names
from replay.syntax.values import CommandUse

LEAVING = frozenset({"exit", "logout"})
"""Commands that end the shell."""
_OWN = "replaybook"
_REMARKS = frozenset({"note", "pause", "resume"})
"""Commands of ours that are about the recording."""


def drop_endings(draft: Draft) -> Draft:
    """Drop empty lines and comments, `exit` and `logout`, remarks on the recording, and what never ended."""
    reasons = {step.recorded.step_index: reason for step in draft.steps if (reason := _reason(step))}
    return draft.without(reasons)


def open_end(recorded: Step) -> str | None:
    """Why nobody knows how a step came out that was done; None where that is known, or it never ended.

    Args:
        recorded: The step.
    """
    if recorded.exit_code is not None:
        return None
    said = recorded.hints.open_end if recorded.hints else None
    return said or ("it failed, and its exit code is not known" if recorded.status is StepStatus.FAILED else None)


def _reason(step: DraftStep) -> str | None:
    names = command_names(step)
    if step.recorded.status is StepStatus.SKIPPED:
        return "it was skipped"
    if step.recorded.exit_code is None or step.recorded.status is StepStatus.PARTIAL:
        return None if open_end(step.recorded) else "it never ended: the session was cut"
    if names and set(names) <= LEAVING:
        return "it only ends the session"
    if names and all(map(_remarks, step.analysis.commands)):
        return "it only says something of the recording"
    lines = [line.strip() for line in step.recorded.command.splitlines()]
    if all(not line or line.startswith("#") for line in lines):
        return "it runs nothing"
    return None


def _remarks(use: CommandUse) -> bool:
    """Whether a command is ours and about the recording."""
    return basename(use.name or "") == _OWN and _subcommand(use) in _REMARKS


def _subcommand(use: CommandUse) -> str | None:
    """What stands first behind the options of the program."""
    words = iter(word.value for word in use.words[1:])
    for word in words:
        if word == "--home":
            next(words, None)
        elif word is None or not word.startswith("-"):
            return word
    return None
