"""show, for a person: a run step by step, with what was said between the steps of an agent."""

from collections.abc import Iterator

from app.calls import call_lines, call_words, patch_words
from app.cli.shared import styled, voice
from app.dialogue import agent_lines, hint_lines, standing
from app.documents import UNNAMED, origin
from capture.printable import printable
from capture.trace import Note, Step, StepKind, StepStatus, Trace

MOST_SAID = 12
"""Lines of what somebody said that are told in the list of all steps; --step and --json tell all."""


def trace_lines(trace: Trace, only: int | None) -> list[str]:
    """A run: its head, then all of its steps in short, or one of them whole.

    Args:
        trace: The run.
        only: The step; None: all.
    """
    run = trace.run
    lines = [styled(f"{printable(run.name)}  {run.run_id}  {run.status}  {origin(run) or run.workspace}", bold=True)]
    if run.edits:
        lines.append(f"  edits: {printable('; '.join(run.edits))}")
    lines += [f"  {'note' if what == 'left out' else what}: {printable(text)}" for what, text in agent_lines(run)]
    lines += [f"      watched too: {printable(path)}" for path in run.watch]
    lines += _late_lines(trace, 0) if only is None else []
    lines += _note_lines(trace, 0, MOST_SAID) if only is None else []
    for step in trace.steps:
        if only in (None, step.step_index):
            lines += _step_lines(step, with_output=only is not None)
            lines += _late_lines(trace, step.step_index) if only is None else []
            lines += _note_lines(trace, step.step_index, MOST_SAID if only is None else None)
    return lines


def _note_lines(trace: Trace, index: int, most: int | None) -> list[str]:
    """What was said or noted while a step ran, or behind it, and when a person had nothing recorded."""
    noted = [(one.at, list(_said_lines(one, most))) for one in trace.notes if one.after_step == index]
    paused = [(one.at, [f"      {printable(one.words)}"]) for one in trace.pauses if one.after_step == index]
    return [line for _, lines in sorted([*noted, *paused]) for line in lines]


def _said_lines(note: Note, most: int | None) -> Iterator[str]:
    """Who says it before the first line; the others stand below it."""
    margin = "    » " if note.speaker else "      "
    first, *rest = printable(note.words).split("\n")
    yield f"{margin}{first}"
    yield from (f"        {line}" for line in rest[:most])
    if most is not None and len(rest) > most:
        yield styled(f"        … {len(rest) - most} more lines", dim=True)


def _late_lines(trace: Trace, index: int) -> list[str]:
    """What changed behind a step while none ran."""
    late = trace.late(index)
    if not late:
        return []
    paused = any(pause.after_step == index for pause in trace.pauses)
    others = "by a job in the background or by another program"
    head = styled(f"    while no step ran, {'while paused, or ' if paused else ''}{others}:", dim=True)
    return [head, *(f"      {effect.op} {printable(effect.path)}" for effect in late)]


def _step_lines(step: Step, *, with_output: bool) -> list[str]:
    lines = [step_line(step, whole=with_output)]
    lines += [f"      {printable(words)}" for words in standing(step)]
    lines += [f"      {what}, as its recorder said: {printable(text)}" for what, text in hint_lines(step)]
    lines += [f"      {effect.op} {printable(effect.path)}" for effect in step.file_effects]
    if not step.effects_seen:
        lines.append("      its files were not watched")
    lines += [f"      {done} {printable(subject)}" for done, subject in step.env_effects.listed()]
    for dialogue in step.inputs:
        answer = "(secret)" if dialogue.secret else printable((dialogue.text or "").rstrip("\n"))
        lines.append(f"      {printable(dialogue.prompt)}{answer}")
    lines += [f"      masked {one.rule} in {one.field}" for one in step.maskings]
    if with_output:
        lines += [f"    {printable(line)}" for line in step.output.splitlines()]
    return lines


def step_line(step: Step, *, whole: bool = True) -> str:
    """A step with its command, and how it ended.

    Args:
        step: Recorded.
        whole: Whether the input of a call and the changes of a patch are told, not only what is called or changed.
    """
    return voice().recorded(
        step.step_index,
        printable(_command(step, whole=whole)).replace("\n", "\n      "),
        good=step.status is StepStatus.SUCCESS,
        exit_code=step.exit_code,
        took=styled(f"{step.duration_ms:.0f} ms", dim=True),
    )


def _command(step: Step, *, whole: bool) -> str:
    if step.kind is StepKind.TOOL:
        told = "\n".join(call_lines(step.command) or ()) if whole else call_words(step.command)
        return told or step.command
    short = patch_words(step.command) if step.kind is StepKind.FILE and not whole else None
    return short or step.command or UNNAMED
