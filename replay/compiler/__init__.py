"""Compiles recordings into a playbook: a visible list of passes, each one decision in one file."""

from collections.abc import Callable, Mapping, Sequence
from functools import reduce

import msgspec

from capture.calls import Call, read_call
from capture.errors import BadInputError
from capture.patches import is_patch
from capture.retries import with_retries
from capture.trace import Step, StepKind, Trace
from replay import calls, offers, template
from replay.compiler.alignment import align, merge
from replay.compiler.answers import keep_answers
from replay.compiler.dead_ends import drop_dead_ends
from replay.compiler.draft import Draft, DraftStep, Pass
from replay.compiler.editors import editor_sessions
from replay.compiler.endings import drop_endings
from replay.compiler.environment import carry_environment, note_environment, wanted
from replay.compiler.expectations import set_expectations
from replay.compiler.links import link_values
from replay.compiler.literals import find_literals
from replay.compiler.looking import drop_looking_around
from replay.compiler.messages import write_messages
from replay.compiler.parameters import find_parameters
from replay.compiler.parts import drop_parts, with_apart
from replay.compiler.pauses import with_unrecorded
from replay.compiler.processes import link_processes
from replay.compiler.repeats import merge_repeats
from replay.compiler.report import report_quality
from replay.compiler.requirements import find_requirements
from replay.compiler.safety import set_safety
from replay.compiler.superseded import drop_superseded
from replay.compiler.undone import drop_undone
from replay.conditions.foreseen import is_below
from replay.matching import masks
from replay.playbook import Compilation, Playbook, PlaybookStep, Tool
from replay.syntax import Analysis, analyse
from replay.uncollected import uncollected

PRUNING: tuple[Pass, ...] = (
    drop_dead_ends,
    drop_endings,
    drop_parts,
    drop_superseded,
    drop_looking_around,
    drop_undone,
    merge_repeats,
    write_messages,
)
"""Which steps belong to the work."""
SHAPING: tuple[Pass, ...] = (
    editor_sessions,
    find_parameters,
    carry_environment,
    note_environment,
    link_processes,
    link_values,
    find_literals,
    find_requirements,
    keep_answers,
    set_expectations,
    set_safety,
)
"""What each of them needs and must come to."""
FINISHING: tuple[Pass, ...] = (report_quality,)
"""What a reader must know."""
PASSES = (*PRUNING, *SHAPING, *FINISHING)
"""All of them, in order; several recordings are aligned behind the pruning and merged behind the shaping."""


LEFT_OUT = "left out by you"
"""Why a step that a person drops is not there."""


@uncollected()
def compile_traces(  # noqa: PLR0913 - what a person says of it
    traces: Sequence[Trace],
    *,
    name: str,
    blobs: Callable[[str], bytes | None],
    keep: frozenset[int] = frozenset(),
    drop: frozenset[int] = frozenset(),
    answers: Mapping[str, bool] | None = None,
    env: Sequence[str] = (),
    known_tools: offers.Known = offers.nothing_known,
) -> Compilation:
    """Compile one playbook from one or several recordings of the same work; the same ones give the same bytes.

    Args:
        traces: Recordings; the first one is the model.
        name: Of the playbook.
        blobs: Content that a step wrote, by its `sha256:…`; None when it was not kept.
        keep: Recorded steps that must stay.
        drop: Recorded steps that are left out, whatever the passes would do.
        answers: A person's answers to the questions of an earlier compilation, by the question's value.
        env: Variables exported before the first recording began that are to be set first; `all` for all it uses.
        known_tools: What is known of the tools that it calls.

    Returns:
        The playbook and every decision that led to it.

    Raises:
        BadInputError: Nothing to compile, no such step to keep or drop, no such variable, or the recordings are not
            the same work.
    """
    _check(traces, keep, drop)
    readings: dict[tuple[str, str], Analysis] = {}
    drafts = [
        _draft(with_apart(with_unrecorded(with_retries(trace))), blobs, keep, answers or {}, readings, known_tools)
        for trace in traces
    ]
    drafts = [draft.without(dict.fromkeys(drop, LEFT_OUT)) for draft in drafts]
    pruned = [_through(PRUNING, draft) for draft in drafts]
    if not pruned[0].steps:
        raise BadInputError(f"run {traces[0].run.name} has no step of work; record one, or name another run")
    carried = wanted(pruned[0], env)
    pruned = [msgspec.structs.replace(draft, carried=wanted(draft, carried)) for draft in pruned]
    shaped = [_through(SHAPING, draft) for draft in align(pruned)]
    draft = _through(FINISHING, merge(shaped))
    return Compilation(
        playbook=_playbook(name, traces, draft),
        links=draft.links,
        dropped=draft.dropped,
        questions=draft.questions,
        notes=draft.notes,
        quality=draft.quality,
        kept=tuple(sorted(keep)),
        left_out=tuple(sorted(drop)),
        answers=dict(answers or {}),
        env=carried,
        safety_spans=tuple(step.deciding for step in draft.steps),
    )


def _check(traces: Sequence[Trace], keep: frozenset[int], drop: frozenset[int]) -> None:
    """Refuse what can't be compiled."""
    if not traces:
        raise BadInputError("nothing to compile; name at least one run")
    whole = next((trace.run for trace in traces if trace.run.unsegmented), None)
    if whole is not None:
        raise BadInputError(
            f"run {whole.name} was imported as one piece: nothing in it tells where a command begins and ends, "
            "so there is nothing to compile; record the work with replaybook record"
        )
    known = {step.step_index for trace in traces for step in trace.steps}
    for said, marked in (("keep", keep), ("drop", drop)):
        if strange := sorted(marked - known):
            raise BadInputError(
                f"run {traces[0].run.name} has no step {strange[0]} to {said}; replaybook show lists its steps"
            )
    if both := sorted(keep & drop):
        raise BadInputError(f"step {both[0]} can't be both kept and dropped; name it once")


def _playbook(name: str, traces: Sequence[Trace], draft: Draft) -> Playbook:
    """The finished draft as a playbook."""
    run = traces[0].run
    return Playbook(
        name=name,
        goal=run.goal,
        shell=run.shell or "bash",
        columns=run.columns,
        rows=run.rows,
        parameters=draft.parameters,
        steps=tuple(step.step for step in draft.steps),
        watch=_watched(traces, draft),
        tools=_tools(traces[0], draft),
        source_runs=tuple(trace.run.run_id for trace in traces),
    )


def _tools(model: Trace, draft: Draft) -> dict[str, Tool]:
    """The programs from elsewhere that steps require by their names, as they were at the first use."""
    wanted = {need.command for step in draft.steps for need in step.step.requires}
    found: dict[str, Tool] = {}
    for tool in (tool for step in draft.steps for tool in step.recorded.tools):
        if tool.name in wanted and not is_below(tool.path, model.run.workspace):
            found.setdefault(tool.name, Tool(size=tool.size, sha256=tool.sha256))
    return dict(sorted(found.items()))


def _watched(traces: Sequence[Trace], draft: Draft) -> tuple[str, ...]:
    """What any of the recordings watched besides its workspace, known places by their names."""
    paths = dict.fromkeys(path for trace in traces for path in trace.run.watch)
    return tuple(masks.lifted(path, draft.places, masked=False) for path in paths)


def _draft(
    trace: Trace,
    blobs: Callable[[str], bytes | None],
    keep: frozenset[int],
    answers: Mapping[str, bool],
    readings: dict[tuple[str, str], Analysis],
    known_tools: offers.Known,
) -> Draft:
    shell = trace.run.shell

    def reads(command: str) -> Analysis:
        if (command, shell) not in readings:
            readings[command, shell] = analyse(command, shell)
        return readings[command, shell]

    steps = tuple(
        DraftStep(
            recorded=calls.as_compared(step),
            shell=shell,
            read=reads(step.command),
            step=PlaybookStep(kind=_kind(step), run=_run(step), source_step=step.step_index),
            reads_only=step.kind is StepKind.TOOL and offers.only_reads(step.command, known_tools),
        )
        for step in trace.steps
    )
    return Draft(
        trace=trace, steps=steps, blobs=blobs, reads=reads, keep=keep, answers=answers, known_tools=known_tools
    )


def _kind(step: Step) -> StepKind:
    """A replayed file step is shell text in its recording; its effects tell the patch; an agent's is one already."""
    return StepKind.SHELL if step.kind is StepKind.FILE and not is_patch(step.command) else step.kind


def _run(step: Step) -> str:
    """What was done, as a template; a tool step that tells no call is one of a tool that nobody knows."""
    if step.kind is StepKind.TOOL:
        return calls.escape((read_call(step.command) or Call("unreadable", step.command)).text)
    return template.escape(step.command)


def _through(passes: Sequence[Pass], draft: Draft) -> Draft:
    return reduce(lambda done, one: one(done), passes, draft)
