"""The first screen of a report: what failed, where, what was expected and what came."""

from collections.abc import Iterator

from app.calls import call_name, whole_command
from app.incident.markup import Markup, element, joined
from app.incident.material import Material
from app.incident.paper import Paper, facts, lit, moment, took
from capture.trace import Run, RunStatus, Step, StepStatus, Trace
from replay.outcome import CheckState, Mode, Replay, ReplayStatus, StepState, Usage

GOOD, BAD, WARN, DIM = "good", "bad", "warn", "dim"
OF_REPLAY = {
    ReplayStatus.READY: ("✓", GOOD, "Ready"),
    ReplayStatus.SUCCESS: ("✓", GOOD, "As recorded"),
    ReplayStatus.NOT_READY: ("✗", BAD, "Not ready"),
    ReplayStatus.UNKNOWN: ("?", WARN, "Not known to be ready"),
    ReplayStatus.FAILED: ("✗", BAD, "Failed"),
    ReplayStatus.NEEDS_REVIEW: ("✗", BAD, "Failed, and repairs were proposed"),
    ReplayStatus.REFUSED: ("⊘", BAD, "Refused"),
    ReplayStatus.CANCELLED: ("-", WARN, "Stopped"),
}
OF_RUN = {
    RunStatus.SUCCESS: ("✓", GOOD),
    RunStatus.FAILED: ("✗", BAD),
    RunStatus.PARTIAL: ("!", WARN),
    RunStatus.RECOVERED: ("!", WARN),
    RunStatus.IN_PROGRESS: ("…", WARN),
}
LAST_LINES = 12
"""Of a failed step of a plain recording."""


def opening(found: Material, paper: Paper) -> Markup:
    """The head of the page."""
    return _of_replay(found, found.replay, paper) if found.replay else _of_trace(found, paper)


def _of_replay(found: Material, replay: Replay, paper: Paper) -> Markup:
    sign, tone, _ = OF_REPLAY[replay.status]
    failure, count = replay.failure, len(replay.steps)
    said = [_title(sign, tone, _headline(replay))]
    if failure is not None:
        outcome = replay.steps[failure.step_index - 1] if failure.step_index <= count else None
        planned = found.playbook.steps[failure.step_index - 1].run if found.playbook else ""
        said.append(_command((outcome.run if outcome else "") or planned, paper))
        if not (failure.expected and failure.actual):
            said.append(element("p", failure.message, cls="lede"))
        said.append(_pair(failure.expected, failure.actual, paper))
        if failure.difference:
            said.append(paper.diff(failure.difference))
    if replay.abstained:
        said.append(element("p", "No repair is proposed: ", replay.abstained, cls="note"))
    if failure and failure.artefact:
        said.append(element("p", failure.artefact, cls="note"))
    said += [element("p", note, cls="note") for note in _notes(replay)]
    where = f"in a shadow ({replay.shadow})" if replay.shadow else "on the real workspace"
    known = facts(
        [
            ("Class", failure.failure_class if failure else None),
            ("Differs in", failure.divergence.replace("_", " ") if failure else None),
            ("About", failure.subject if failure else None),
            ("Replayed", moment(replay.started_at)),
            ("Took", took(replay.duration_ms)),
            ("Mode", f"{replay.mode}, {where}" if replay.mode is not Mode.SIMULATE else "simulate: nothing was run"),
            ("Workspace", replay.workspace),
            ("Model", _usage(replay.usage)),
            ("Repairs", _repairs(found) if replay.mode is Mode.GUIDED or found.repairs else None),
            ("Replay", replay.replay_id),
        ]
    )
    kicker = joined("Replay of ", element("b", found.name))
    return element("header", element("p", kicker, cls="kicker"), *said, known)


def _notes(replay: Replay) -> Iterator[str]:
    """What else went other than straight on."""
    if replay.recovered:
        yield "Its process died; this was read from what it had written by then."
    if replay.unknown is not None:
        yield f"Step {replay.unknown.step_index} had begun and has no result: it may have happened or not."
    for back in replay.went_back:
        yield f"Steps {back.to_step} to {back.from_step} were taken back; what they were is in run {back.run_id}."
    if replay.edited:
        yield f"A person edited values on the way: {', '.join(replay.edited)}."


def _headline(replay: Replay) -> str:
    count, status = len(replay.steps), replay.status
    steps = f"{count} step{'s' if count != 1 else ''}"
    if replay.failure is not None:
        return f"Step {replay.failure.step_index} of {count} failed"
    if status is ReplayStatus.SUCCESS:
        skipped = sum(one.status is StepState.SKIPPED for one in replay.steps)
        return f"{'All ' if count > 1 else ''}{steps} as recorded" + (f", {skipped} skipped" if skipped else "")
    words = OF_REPLAY[status][2]
    blocked = [one.step_index for one in replay.steps if any(check.state is CheckState.FAIL for check in one.checks)]
    if blocked:
        return f"{words}: step {blocked[0]} of {count} can't run"
    return f"{words} at step {replay.stopped_at} of {count}" if replay.stopped_at else f"{words}: {steps}"


def _usage(usage: Usage) -> str | None:
    """What a model took, where one was asked."""
    if not usage.llm_calls:
        return None
    cost = f", cost {usage.cost:.4f}" if isinstance(usage.cost, float) else ""
    return f"{usage.llm_calls} calls, {usage.prompt_tokens} + {usage.completion_tokens} tokens{cost}"


def _repairs(found: Material) -> str:
    wanted = [one for one in found.repairs if found.replay and one.replay_id == found.replay.replay_id]
    if not wanted:
        return "none proposed"
    counts: dict[str, int] = {}
    for one in wanted:
        counts[one.status.replace("_", " ")] = counts.get(one.status.replace("_", " "), 0) + 1
    return ", ".join(f"{number} {status}" for status, number in counts.items())


def _of_trace(found: Material, paper: Paper) -> Markup:
    trace = found.trace
    if trace is None:
        return Markup()
    run, count = trace.run, len(trace.steps)
    sign, tone = OF_RUN.get(run.status, ("·", DIM))
    bad = first_failed(trace)
    steps = f"{count} step{'s' if count != 1 else ''}"
    title = f"Step {bad.step_index} of {count} {ended(bad)}" if bad else f"{steps}, {run.status.replace('_', ' ')}"
    said = [_title(*(("✗", BAD) if bad else (sign, tone)), title)]
    if bad is not None:
        said += [_command(bad.command, paper)]
        said += [paper.pre(_tail(bad.output))] if bad.output.strip() else []
    return element("header", element("p", "Recording of ", element("b", run.name), cls="kicker"), *said, _facts_of(run))


def _facts_of(run: Run) -> Markup:
    lasted = (run.ended_at - run.started_at).total_seconds() * 1000 if run.ended_at else None
    return facts(
        [
            ("Goal", run.goal),
            ("Recorded", moment(run.started_at)),
            ("Took", took(lasted)),
            ("Ended", run.status.replace("_", " ")),
            ("Workspace", run.workspace or run.cwd),
            ("Imported from", run.imported.format if run.imported else None),
            ("Edited", "; ".join(run.edits) or None),
            ("Run", run.run_id),
        ]
    )


def first_failed(trace: Trace) -> Step | None:
    """The step that a report of a recording opens with."""
    return next((step for step in trace.steps if step.status is StepStatus.FAILED), None)


def ended(step: Step) -> str:
    """How a step ended, in words."""
    if step.timed_out:
        return "ran into its time limit"
    if step.signal:
        return f"was ended by {step.signal}"
    return "has no known end" if step.exit_code is None else f"ended with exit {step.exit_code}"


def _title(sign: str, tone: str, words: str) -> Markup:
    return element("h1", element("span", sign, cls=f"sign {tone}"), " ", words)


def _command(command: str, paper: Paper) -> Markup:
    sign = "→ " if call_name(command) else "$ "
    return element(
        "pre", element("span", sign, cls="dim"), paper.text(whole_command(command).strip("\n")), cls="command"
    )


def _pair(expected: str, actual: str, paper: Paper) -> Markup:
    if not expected and not actual:
        return Markup()
    one, two = lit(paper.text(expected), paper.text(actual))
    return element(
        "div",
        element("div", element("h3", "Expected"), element("pre", one)),
        element("div", element("h3", "Actual"), element("pre", two), cls="actual"),
        cls="pair",
    )


def _tail(output: str) -> str:
    return "\n".join(output.rstrip("\n").split("\n")[-LAST_LINES:])
