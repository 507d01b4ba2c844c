"""Writes the calls of a Codex session down as steps: commands, changes of files, tools."""

from datetime import datetime, timedelta

from capture.calls import Call
from capture.errors import BadInputError
from capture.importers.codex.calls import Patch, Shell
from capture.importers.codex.opened import Open
from capture.importers.codex.subagents import Subagents, attends
from capture.importers.foreign import LeftOut
from capture.importers.isolating import in_background, isolated
from capture.importers.patching import NOT_APPLIED, Contents, FileStep, file_steps, refused_step
from capture.importers.told import (
    ATTENDED,
    BRANCH_LEFT,
    IN_BACKGROUND,
    IN_PARTS,
    NO_EXIT_CODE,
    REFUSED,
    STOPPED,
    Hearer,
    Told,
)
from capture.importers.waiting import Said
from capture.provenance import Hints
from capture.trace import StepKind, StepStatus


class Writing:
    """Where they go.

    Args:
        telling: Takes them.
        workspace: Where the session began.
        left_out: Hears of what is not taken as it is told.
        subagents: The sessions that it started.
    """

    def __init__(self, telling: Hearer, workspace: str, left_out: LeftOut, subagents: Subagents) -> None:
        self._telling = telling
        self._subagents = subagents
        self._left_out = left_out
        self._contents = Contents(workspace)
        self._now = telling.run.started_at

    def write(self, one: Open | Said) -> None:
        """Write one down."""
        if isinstance(one, Said):
            self._telling.said(one.speaker, one.text, self._time(one.at, one.where))
        elif isinstance(one.asked, Patch):
            self._patch(one, one.asked)
        elif isinstance(one.asked, Shell):
            self._contents.ran(one.asked.text)
            goes_on = one.result is not None and one.result.session is not None
            text = in_background(one.asked.text) if goes_on else isolated(one.asked.text)
            self._did(one, StepKind.SHELL, text, one.asked.cwd)
        elif isinstance(one.asked, Call):
            self._contents.forget()
            in_parts = bool(one.started) and self._subagents.name_of(one.started) is not None
            hints = Hints(dead_end=IN_PARTS if in_parts else ATTENDED) if in_parts or attends(one.asked) else None
            number = self._did(one, StepKind.TOOL, one.asked.text, self._telling.run.cwd, hints=hints)
            if one.started:
                self._subagents.tell(one.started, self._telling, number)

    def _patch(self, one: Open, asked: Patch) -> None:
        code = _exit_code(one)
        try:
            if code == 0:
                steps = file_steps(asked.text, asked.cwd, self._contents, one.changes)
            else:
                steps = (refused_step(asked.text, asked.cwd, self._contents),)
        except BadInputError:
            self._contents.forget()
            if code == 0:
                self._left_out.note("patches that can't be read are calls of a tool", one.where)
            self._did(one, StepKind.TOOL, Call("apply_patch", asked.text).text, asked.cwd)
            return
        for step in steps:
            self._did(one, StepKind.FILE, step.command, self._telling.run.cwd or asked.cwd, step)
            one.output = ""

    def _did(
        self,
        one: Open,
        kind: StepKind,
        command: str,
        cwd: str,
        step: FileStep | None = None,
        *,
        hints: Hints | None = None,
    ) -> int:
        result = one.result
        at = self._time(one.at, one.where)
        until = max(at, one.until) if one.until else at
        if result is not None and result.seconds is not None:
            until = until if one.polled else at + timedelta(seconds=result.seconds)
        self._now = max(self._now, until)
        told = Told(
            kind=kind,
            command=command,
            cwd=cwd,
            at=at,
            until=until,
            exit_code=_exit_code(one),
            status=_status(one),
            output=one.output,
            output_truncated=one.truncated,
            timed_out=result is not None and result.timed_out,
            inputs=tuple(one.inputs),
            changed=step.changed if step else (),
            apart=one.apart,
            hints=_hints(one, kind) or hints,
        )
        return self._telling.did(told)

    def _time(self, at: datetime | None, where: str) -> datetime:
        if at is None:
            self._left_out.note("what tells no time stands at the time of what came before it", where)
            return self._now
        self._now = max(self._now, at)
        return at


def _exit_code(one: Open) -> int | None:
    result = one.result
    if result is None or result.refused or result.aborted or result.session is not None:
        return None
    if isinstance(one.asked, Patch) and result.exit_code is None:
        return 0 if result.output.startswith("Success.") else 1
    return result.exit_code


def _status(one: Open) -> StepStatus | None:
    result = one.result
    if result is not None and result.refused:
        return StepStatus.SKIPPED
    if result is not None and result.broken and not isinstance(one.asked, Call):
        return StepStatus.FAILED
    return None


def _hints(one: Open, kind: StepKind) -> Hints | None:
    result, code = one.result, _exit_code(one)
    why = None
    if result is not None and result.refused:
        why = REFUSED
    elif one.left:
        why = BRANCH_LEFT
    elif kind is StepKind.FILE and code not in (0, None):
        why = NOT_APPLIED
    elif result is not None and result.aborted:
        why = STOPPED
    elif result is not None and result.session is not None:
        return Hints(open_end=IN_BACKGROUND)
    elif result is not None and code is None and kind is StepKind.SHELL:
        return Hints(open_end=NO_EXIT_CODE)
    return None if why is None else Hints(dead_end=why)
