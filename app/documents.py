"""The JSON documents of the command line: field names that other programs rely on."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import msgspec

from capture.printable import printable
from capture.provenance import StepSource
from capture.tape.presence import Presence
from capture.trace import Run, RunStatus, Step, Trace
from replay.playbook import Compilation, Playbook

if TYPE_CHECKING:
    from app.emulator import Picture

RUN_FIELDS = (
    "run_id",
    "name",
    "goal",
    "status",
    "started_at",
    "ended_at",
    "shell",
    "cwd",
    "host",
    "workspace",
    "watch",
    "replay_id",
    "columns",
    "rows",
    "edits",
    "imported",
    "agent",
)
_TOLD_BY = {
    StepSource.MARKERS: "",
    StepSource.MARKS: ", steps from marks that any program may have printed",
    StepSource.CALLS: "",
    StepSource.NOTHING: " as one piece",
}
UNNAMED = "(the whole session)"
"""Stands for the command of an imported run's one step when its file names none."""
Document = dict[str, Any]


def run_document(run: Run) -> Document:
    """One run's head."""
    whole = msgspec.to_builtins(run)
    return {name: whole[name] for name in RUN_FIELDS}


def run_standing(run: Run, presence: Presence | None) -> str:
    """How a run stands, and who is at it while it goes on.

    Args:
        run: Any.
        presence: Of its host, or of who records it; None: there is nobody.
    """
    if presence is None or run.status is not RunStatus.IN_PROGRESS:
        return run.status
    if presence.lives_with is not None:
        return f"{run.status}, its agent is there"
    alone = not presence.address and not presence.kept
    who = "recording itself" if alone else "attached" if presence.attached else "detached"
    return f"{run.status}, {who}{', paused' if presence.paused else ''}"


def origin(run: Run) -> str:
    """Where an imported run comes from, in words; empty for one that was recorded here."""
    if run.imported is None:
        return ""
    return f"imported from {run.imported.format}{_TOLD_BY[run.imported.steps_from]}"


def show_document(trace: Trace, *, step: int | None = None) -> Document:
    """`show RUN`: the run and its steps, or one of them."""
    steps: Sequence[Step] = [one for one in trace.steps if step is None or one.step_index == step]
    between = [late for late in trace.between if step is None]
    notes = [note for note in trace.notes if step in (None, note.after_step)]
    pauses = [pause for pause in trace.pauses if step in (None, pause.after_step)]
    return {
        "run": run_document(trace.run),
        "steps": msgspec.to_builtins(steps),
        "between": msgspec.to_builtins(between),
        "notes": msgspec.to_builtins(notes),
        "pauses": msgspec.to_builtins(pauses),
    }


def screen_document(trace: Trace, picture: "Picture", *, at_us: int, offset: int) -> Document:
    """`show RUN --at TIME`: the screen at that moment, its text made printable."""
    return {
        "run_id": trace.run.run_id,
        "time_ms": round(at_us / 1000, 3),
        "offset": offset,
        "size": {"columns": picture.columns, "rows": len(picture.lines)},
        "rows": [printable(line) for line in picture.text],
        "cursor": picture.cursor._asdict(),
        "alternate_screen": picture.alternate,
    }


def record_document(trace: Trace) -> Document:
    """`record`: what was kept."""
    run = trace.run
    lasted = (run.ended_at - run.started_at).total_seconds() * 1000 if run.ended_at else 0.0
    return {
        "run_id": run.run_id,
        "name": run.name,
        "status": run.status,
        "steps": len(trace.steps),
        "duration_ms": round(lasted, 3),
        "dropped_bytes": run.dropped_bytes,
    }


def import_document(trace: Trace) -> Document:
    """`import`: as `record`, and where the run comes from."""
    return {**record_document(trace), "imported": msgspec.to_builtins(trace.run.imported)}


def compile_document(compilation: Compilation, *, digest: str, status: str) -> Document:
    """`compile`: the playbook and every decision that led to it."""
    playbook = compilation.playbook
    spans = compilation.safety_spans or (None,) * len(playbook.steps)
    return {
        "playbook": playbook.name,
        "version": playbook.version,
        "digest": digest,
        "status": status,
        "steps": [
            {
                "step_index": index,
                "source_step_index": step.source_step,
                "kind": step.kind,
                "run": step.run,
                "safety_level": step.safety,
                "safety_reason": step.safety_reason,
                "safety_span": span,
            }
            for index, (step, span) in enumerate(zip(playbook.steps, spans, strict=True), 1)
        ],
        "parameters": parameters(playbook),
        "links": msgspec.to_builtins(compilation.links),
        "dropped": msgspec.to_builtins(compilation.dropped),
        "questions": msgspec.to_builtins(compilation.questions),
        "notes": list(compilation.notes),
        "quality": msgspec.to_builtins(compilation.quality),
    }


def parameters(playbook: Playbook) -> list[Document]:
    """Each parameter with its recorded value and the steps that use it."""
    used = uses(playbook)
    return [
        {
            "name": name,
            "type": parameter.type,
            "value": parameter.recorded,
            "default": parameter.default,
            "used_in": used[name],
            "source": parameter.source,
        }
        for name, parameter in playbook.parameters.items()
    ]


def uses(playbook: Playbook) -> dict[str, list[int]]:
    """The steps that each parameter stands in, counted from 1."""
    steps = [repr(step) for step in playbook.steps]
    return {
        name: [index for index, text in enumerate(steps, 1) if f"{{{{{name}}}}}" in text]
        for name in playbook.parameters
    }
