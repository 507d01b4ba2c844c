"""Drops failed attempts that a later success made up for."""

import posixpath
from collections.abc import Sequence
from difflib import SequenceMatcher

from capture.patches import is_patch, read_patch
from capture.trace import FileEffect, FileType, Step, StepKind, StepStatus
from replay import calls
from replay.compiler.draft import Draft, DraftStep, changes, command_names
from replay.compiler.needs import SINKS, Uses, may_touch, names_left, plain, reads_names
from replay.compiler.states import touched
from replay.diagnosis import classify
from replay.outcome import FailureClass
from replay.syntax import CommandUse

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
        FailureClass.MISSING_MODULE,
    }
)
"""Failures of a command that was typed wrong or too early: a corrected one is the same work."""
NOT_FOUND = 127
"""The shell found no such command, by name or by path."""
ALIKE = 0.75
"""How alike two texts must be to be an attempt and its correction."""
CALLS_ALIKE = 0.5
"""The same for two calls of one tool: their whole input is told each time."""
LOOK_AHEAD = 200
"""Steps that a success is looked for in."""
INTERRUPTED = "SIGINT"
"""What ctrl-C ends a program with."""


def drop_superseded(draft: Draft) -> Draft:
    """Drop a failed step that the same command, its correction or another way to its effect made good; and slips."""
    reasons: dict[int, str] = {}
    used = Uses(draft)
    for at, step in enumerate(draft.steps):
        if not _failed_for_nothing(step) or used.needed(at, strong=True):
            continue
        later = _successor(draft, at)
        if later is not None:
            reasons[step.recorded.step_index] = f"it failed, and step {later.step_index} did it right"
        elif slip := _slip(step):
            reasons[step.recorded.step_index] = slip
    return draft if len(reasons) == len(draft.steps) else draft.without(reasons)


def _failed_for_nothing(step: DraftStep) -> bool:
    """Whether it failed and left the shell as it was."""
    recorded = step.recorded
    answers = recorded.exit_code == 1 and bool(set(command_names(step)[-1:]) & SAYS_NO)
    moved = recorded.cwd != recorded.cwd_after or recorded.env_effects.any
    failed = recorded.exit_code != 0 if recorded.exit_code is not None else recorded.status is StepStatus.FAILED
    return failed and not answers and not moved


def _slip(step: DraftStep) -> str | None:
    """Why a failed step was no work, whatever came later."""
    recorded, names = step.recorded, command_names(step)
    if changes(recorded) or names_left(step):
        return None
    if recorded.signal == INTERRUPTED:
        return "it was interrupted, and left nothing behind"
    if (
        recorded.exit_code == NOT_FOUND
        and len(names) == 1
        and _class(recorded, step.shell) is FailureClass.MISSING_COMMAND
    ):
        return "there is no such command: nothing ran"
    if not step.analysis.ok and _class(recorded, step.shell) is FailureClass.SYNTAX:
        return "the shell could not read it: nothing ran"
    if names == ("cd",) and _class(recorded, step.shell) is FailureClass.MISSING_DIRECTORY:
        return "there is no such directory: nothing happened"
    return None


def _successor(draft: Draft, at: int) -> Step | None:
    """The first success that does what the failed one was to do, its leftovers included, which nothing used before."""
    failed = draft.steps[at]
    attempt = _Attempt(failed, draft.trace.run.workspace)
    leftovers, names = changes(failed.recorded), names_left(failed)
    paths = touched(leftovers)
    for step in draft.steps[at + 1 : at + 1 + LOOK_AHEAD]:
        success = step.recorded.exit_code == 0 and (not paths or paths <= touched(changes(step.recorded)))
        if success and (not names or names <= names_left(step)) and attempt.made_good_by(step):
            grows = any(_grows(draft, one, step.recorded) for one in leftovers)
            return None if grows else step.recorded
        if reads_names(step, names) or (paths and _may_use(draft, step, paths)):
            return None
    return None


def _may_use(draft: Draft, step: DraftStep, paths: set[str]) -> bool:
    """Whether a step before the success may have lived on what the failed one left."""
    if step.recorded.exit_code != 0 and paths >= touched(changes(step.recorded)):
        return False
    return not plain(step) or may_touch(step, paths, draft.trace.run.workspace)


def _grows(draft: Draft, left: FileEffect, success: Step) -> bool:
    """Whether the success may have added to what the failed attempt had written, which would then be missing."""
    now = next((effect for effect in success.file_effects if effect.path == left.path), None)
    if now is None or left.type is not FileType.FILE or left.after == now.after:
        return False
    before, after = (draft.blobs(one) if one else None for one in (left.after, now.after))
    if before is None or after is None:
        return (now.size or 0) > (left.size or 0) > 0
    return bool(before) and before in after


class _Attempt:
    """What a failed step was to do.

    Args:
        failed: The step.
        workspace: Absolute.
    """

    def __init__(self, failed: DraftStep, workspace: str) -> None:
        self._step, self._recorded, self._workspace = failed, failed.recorded, workspace
        self._mistaken = _class(failed.recorded, failed.shell) in MISTAKES
        self._misspelt = failed.recorded.exit_code == NOT_FOUND
        self._split = failed.recorded.command.split()
        self._words = self._said(failed)
        self._targets = _targets(failed)

    def made_good_by(self, step: DraftStep) -> bool:
        """Whether a success is the same work."""
        if self._split == step.recorded.command.split():
            return self._recorded.cwd == step.recorded.cwd
        return self._called_again(step) or self._runs_again(step) or self._corrected(step) or self._reached(step)

    def _called_again(self, step: DraftStep) -> bool:
        """Whether a call of the same tool, or a patch of the same files, says much the same."""
        kinds = self._step.step.kind, step.step.kind
        if kinds == (StepKind.FILE, StepKind.FILE):
            return bool(_patched(self._step) & _patched(step))
        if kinds != (StepKind.TOOL, StepKind.TOOL) or calls.name_of(self._step.step.run) != calls.name_of(
            step.step.run
        ):
            return False
        alike = SequenceMatcher(None, self._recorded.command, step.recorded.command, autojunk=False)
        return alike.real_quick_ratio() >= CALLS_ALIKE and alike.ratio() >= CALLS_ALIKE

    def _runs_again(self, step: DraftStep) -> bool:
        """Whether the very command is a part of the success, where its own success counted."""
        if not self._words or self._recorded.cwd != step.recorded.cwd:
            return False
        whole = (use for use in step.analysis.commands if use.runs and use.counts and not use.in_pipeline)
        return any(_values(use) == self._words for use in whole)

    def _corrected(self, step: DraftStep) -> bool:
        """Whether it differs as a corrected text does from a mistyped one, or says more of the same."""
        same_names = command_names(self._step) == command_names(step)
        if not self._mistaken or not (self._misspelt or same_names):
            return False
        said = self._said(step)
        if same_names and self._words and len(said) > len(self._words) and _in_order(self._words, said):
            return True
        alike = SequenceMatcher(None, self._recorded.command, step.recorded.command, autojunk=False)
        # Each bound is cheaper than the next one, and no lower.
        return all(bound() >= ALIKE for bound in (alike.real_quick_ratio, alike.quick_ratio, alike.ratio))

    def _reached(self, step: DraftStep) -> bool:
        """Whether another command wrote what this one was to write."""
        if not self._targets:
            return False
        return self._targets <= {f"{self._workspace}/{path}" for path in touched(changes(step.recorded))}

    def _said(self, step: DraftStep) -> tuple[str | None, ...]:
        uses = step.analysis.commands
        return _values(uses[0]) if len(uses) == 1 and step.analysis.ok else ()


def _patched(step: DraftStep) -> set[str]:
    """Paths of the files that it changes, where it is a patch."""
    if not is_patch(step.recorded.command):
        return set()
    return {path for edit in read_patch(step.recorded.command) for path in (edit.old, edit.new) if path is not None}


def _targets(step: DraftStep) -> frozenset[str]:
    """Absolute paths that its words write anew; none when any of them adds to a file, or only a run can tell."""
    uses = [use for use in step.analysis.writes if use.path not in SINKS]
    if not step.analysis.ok or any(use.path is None or use.append or use.word.glob or use.word.tilde for use in uses):
        return frozenset()
    return frozenset(posixpath.normpath(posixpath.join(step.recorded.cwd, use.path or "")) for use in uses)


def _values(use: CommandUse) -> tuple[str | None, ...]:
    values = tuple(word.value for word in use.words)
    return () if None in values else values


def _in_order(words: Sequence[str | None], others: Sequence[str | None]) -> bool:
    """Whether the words stand among the others in their order."""
    rest = iter(others)
    return all(word in rest for word in words)


def _class(step: Step, shell: str) -> FailureClass:
    return classify(
        command=step.command,
        exit_code=step.exit_code,
        output=step.output,
        signal=step.signal,
        timed_out=step.timed_out,
        expected_exit=0,
        shell=shell,
    ).failure_class
