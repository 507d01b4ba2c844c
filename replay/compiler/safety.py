"""Says how much a person must be there when a step runs, and what in its command decides that."""

from collections.abc import Iterator, Mapping
from posixpath import isabs, join, normpath

import msgspec

from capture.patches import is_patch, read_patch
from capture.trace import StepKind
from replay import calls, template
from replay.compiler.draft import Draft, DraftStep
from replay.compiler.endings import open_end
from replay.governance import tool_calls
from replay.governance.risk import Judged, judge, worse
from replay.playbook import SafetyLevel
from replay.syntax import Analysis, PathUse
from replay.syntax.processes import ProcessNumber, process_numbers, set_to_numbers, variables_of_processes

UNSEEN = "writes where the recording saw nothing change"
OUTSIDE = "changes a file outside of the workspace"


def set_safety(draft: Draft) -> Draft:
    """Mark steps that take risks, from their syntax trees and from what they were seen to write."""
    variables = frozenset[str]().union(*(variables_of_processes(step.analysis) for step in draft.steps))
    read = {name: value for step in draft.steps for name, value in step.values.items()}
    steps = tuple(_marked(draft, step, variables, read) for step in draft.steps)
    return draft.with_steps(steps).noted(
        *(_note(step) for step in steps if step.step.safety is not SafetyLevel.AUTO_OK)
    )


def _note(step: DraftStep) -> str:
    asks = "is left to a person" if step.step.safety is SafetyLevel.MANUAL_ONLY else "needs a person's yes"
    text = step.step.run[slice(*step.deciding)] if step.deciding else step.step.run
    return f"step {step.recorded.step_index} of the recording {asks}: {step.step.safety_reason}; `{text}` decides it"


def _marked(draft: Draft, step: DraftStep, variables: frozenset[str], read: Mapping[str, str]) -> DraftStep:
    if step.step.safety is SafetyLevel.MANUAL_ONLY:
        return msgspec.structs.replace(step, deciding=(0, len(step.step.run)))
    if step.step.kind is StepKind.TOOL:
        return _called(draft, step)
    analysis = _as_it_stands(draft, step)
    judged = judge(analysis)
    for found in (*_outside(step), *_unseen(draft, step, analysis), *_strangers(step, analysis, variables, read)):
        judged = worse(judged, found)
    judged = worse(judged, _said(step))
    if judged.level is SafetyLevel.AUTO_OK:
        return step
    changed = step.changed(safety=judged.level, safety_reason=judged.reason)
    return msgspec.structs.replace(changed, deciding=_place(judged, step.step.run, analysis.text))


def _called(draft: Draft, step: DraftStep) -> DraftStep:
    """A tool's call: what its recorder said lowers only what nobody else speaks of."""
    judged, said = tool_calls.judge(step.step.run, draft.known_tools), _said(step)
    offered = draft.known_tools(calls.name_of(step.step.run))
    destroys = offered is not None and offered.destructive is True
    fine = step.recorded.hints and step.recorded.hints.safety_level == SafetyLevel.AUTO_OK
    judged = Judged(level=SafetyLevel.AUTO_OK) if fine and not destroys else worse(judged, said)
    if judged.level is SafetyLevel.AUTO_OK:
        return step
    changed = step.changed(safety=judged.level, safety_reason=judged.reason)
    return msgspec.structs.replace(changed, deciding=(0, len(step.step.run)))


def _said(step: DraftStep) -> Judged:
    """What its recorder said; nobody has checked it. What it can't say a person must judge."""
    if unknown := open_end(step.recorded):
        return Judged(level=SafetyLevel.MANUAL_ONLY, reason=unknown)
    said = step.recorded.hints.safety_level if step.recorded.hints else None
    if said not in {SafetyLevel.NEEDS_CONFIRM, SafetyLevel.MANUAL_ONLY}:
        return Judged(level=SafetyLevel.AUTO_OK)
    return Judged(level=SafetyLevel(said), reason="its recorder said so")


def _as_it_stands(draft: Draft, step: DraftStep) -> Analysis:
    """Of the command with its placeholders where it can be read like that, or of the recorded one."""
    written = draft.reads(step.step.run)
    return step.analysis if step.analysis.ok and not written.ok and template.names(step.step.run) else written


def _place(judged: Judged, run: str, judged_text: str) -> tuple[int, int]:
    """Where in the playbook's command the deciding part stands; all of it where only the recorded one could be read."""
    whole = judged.span is None or judged_text != run
    return (0, len(run)) if whole or judged.span is None else (judged.span.start, judged.span.end)


def _outside(step: DraftStep) -> Iterator[Judged]:
    """A patch of a file that is not the workspace's: what was right to change on one machine may be another's here."""
    if step.step.kind is not StepKind.FILE:
        return
    edits = read_patch(step.step.run) if is_patch(step.step.run) else ()
    named = {path for edit in edits for path in (edit.old, edit.new) if path is not None}
    seen = {effect.path for effect in step.recorded.file_effects}
    if any(isabs(path) or normpath(path).split("/")[0] == ".." for path in named | seen):
        yield Judged(level=SafetyLevel.NEEDS_CONFIRM, reason=OUTSIDE)


def _unseen(draft: Draft, step: DraftStep, analysis: Analysis) -> Iterator[Judged]:
    """Files that its words say it writes where the recording saw no effect of it."""
    written = analysis.writes
    same = len(written) == len(step.analysis.writes)
    for at, path in enumerate(step.analysis.writes):
        if not _was_seen(draft, step, path):
            span = written[at].span if same else None
            yield Judged(level=SafetyLevel.NEEDS_CONFIRM, reason=UNSEEN, span=span)


def _strangers(
    step: DraftStep, stands: Analysis, variables: frozenset[str], read: Mapping[str, str]
) -> Iterator[Judged]:
    """Numbers of processes that no step before reads anew: what has such a number today is not what was meant."""
    named = {read[name] for name in template.names(step.step.run) & read.keys()}
    literal = {one.number: one.span for one in _processes(stands, variables)}
    for one in _processes(step.analysis, variables):
        if one.number in literal or one.number not in named:
            reason = f"{one.number} was the number of a process, which is another one today"
            yield Judged(level=SafetyLevel.MANUAL_ONLY, reason=reason, span=literal.get(one.number))


def _processes(analysis: Analysis, variables: frozenset[str]) -> tuple[ProcessNumber, ...]:
    return (*process_numbers(analysis), *set_to_numbers(analysis, variables))


def _was_seen(draft: Draft, step: DraftStep, use: PathUse) -> bool:
    """Whether it lies in what was watched, or among the effects; a place that only a run can tell needs an effect."""
    if use.path is None:
        return bool(step.recorded.file_effects)
    run = draft.trace.run
    path = use.path
    if use.word.tilde and (path == "~" or path.startswith("~/")):
        path = run.user_home + path[1:]
    if not isabs(path) and step.analysis.directories:
        return ".." not in path.split("/")
    place = normpath(join(step.recorded.cwd, path))
    effects = {normpath(join(run.workspace, effect.path)) for effect in step.recorded.file_effects}
    watched = [root for root in (run.workspace, *run.watch) if root]
    inside = any(place == root or place.startswith(root.rstrip("/") + "/") for root in watched)
    return inside or place in effects or place.startswith("/dev/")
